/** Shows the place in an expression that an error names. */
import { isRotaError } from '../job/errors.ts'
import { reportError } from './errors.ts'
import { say } from './output.ts'
import { plain } from './text.ts'

/** Characters of a long expression that are shown to both sides of the place. */
const around = 36

/**
 * Tells what went wrong, with the expression below and a caret under its place, and gives the exit code.
 *
 * @param textOf the expression that was given in an option, such as `when.cron`
 */
export function reportWithPlace(error: unknown, textOf: (field: string) => string | undefined): number {
  const code = reportError(error)
  if (isRotaError(error)) {
    const text = error.field === undefined ? undefined : textOf(error.field)
    for (const line of text === undefined ? [] : caretLines(error.message, text)) say(line)
  }
  return code
}

/** What stands in quotes was typed by somebody, and may name places of its own. */
const quoted = /"(?:\\.|[^"\\])*"/g

export function caretLines(message: string, text: string): string[] {
  const place = /\bat character (\d+)\b/.exec(message.replace(quoted, ''))?.[1]
  const at = Number(place) - 1
  if (place === undefined || at < 0 || at > text.length) return []
  const from = Math.max(0, at - around)
  const until = Math.min(text.length, at + around)
  const shown = Array.from({ length: until - from }, (_, i) => plain(text[from + i] as string) || '?').join('')
  const before = from > 0 ? '…' : ''
  return [
    `  ${before}${shown}${until < text.length ? '…' : ''}`.toWellFormed(),
    `  ${' '.repeat(before.length + at - from)}^`,
  ]
}
