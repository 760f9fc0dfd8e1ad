/** What was typed behind a flag, as the library takes it. */
import { RotaError } from '../index.ts'
import { parseInstant } from '../job/duration.ts'
import { isRotaError, show } from '../job/errors.ts'
import type { MetadataPatch } from '../job/options.ts'

/** @param flag as it is typed, such as `--data` */
export const flagInvalid = (flag: string, why: string): RotaError =>
  new RotaError('option_invalid', `${flag}: ${why}`, { field: flag.slice(2) })

/** All that was typed behind a flag that may come several times. */
export const gathered = (entry: string, all: readonly string[] = []): string[] => [...all, entry]

/** A bare number is milliseconds, as in the library. */
export const durationFlag = (text: string): string | number => (/^\d+$/.test(text) ? Number(text) : text)

/** What is not a number goes on as it is: the library says what it accepts. */
export const numberFlag = (text: string): number => (/^-?\d+$/.test(text) ? Number(text) : (text as unknown as number))

/** Checked here, because the library would speak of classes that nobody can type. @param delay the flag for a time from now, where there is one */
export function instantFlag(text: string, flag: string, delay?: string): string {
  try {
    parseInstant(text, flag)
    return text
  } catch (error) {
    if (!isRotaError(error)) throw error
    const instead = delay === undefined ? '' : `; for a time from now use ${delay} 1d`
    const message = `${flag}: ${show(text)} is not an instant. Write date, time and zone, such as 2027-01-31T09:00:00Z or 2027-01-31T10:00:00+01:00${instead}.`
    throw new RotaError(error.code, message, { field: flag.slice(2) })
  }
}

/** `a,b`: an empty one is mostly a variable of the shell that nobody has set. */
export function listFlag(text: string, flag: string, what: string): string[] {
  const parts = text.split(',').map((part) => part.trim())
  if (parts.every((part) => part !== '')) return parts
  throw flagInvalid(flag, `${show(text)} has an empty ${what}. Write ${flag} <${what}>,<${what}>.`)
}

/** `key=value`, as often as given. A number is one only where it comes back as it was written: a version 1.10 stays a text. */
export function metadataFlag(entries: readonly string[]): MetadataPatch {
  const pairs = entries.map((entry) => {
    const at = entry.indexOf('=')
    if (at > 0) return [entry.slice(0, at), scalar(entry.slice(at + 1))] as const
    throw flagInvalid('--metadata', `${show(entry)} has no value. Write key=value, such as team=mail.`)
  })
  return Object.fromEntries(pairs)
}

function scalar(text: string): string | number | boolean | null {
  if (text === 'null') return null
  if (text === 'true' || text === 'false') return text === 'true'
  if (text !== '' && String(Number(text)) === text && Number.isFinite(Number(text))) return Number(text)
  if (!text.startsWith('"')) return text
  try {
    return JSON.parse(text) as string
  } catch {
    return text
  }
}
