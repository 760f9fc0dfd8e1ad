/** The filter language in a command line. */
import { filterKeys, parseFilter } from '../job/filter.ts'

/**
 * One filter of the arguments. A shell takes the quotes away, so `error:"ECONN refused"` arrives as `error:ECONN refused`: where
 * an argument with spaces is no filter as it stands, and does not read as several words either, the quotes are put back.
 */
export function filterOf(args: readonly string[]): string {
  return args.map((arg) => (isOneWord(arg) ? requoted(arg) : arg)).join(' ')
}

const key = /^[a-z]+[.:]/

function isOneWord(arg: string): boolean {
  const parts = arg.trim().split(/\s+/)
  return key.test(arg) && parts.slice(1).some((part) => !key.test(part)) && !isFilter(arg)
}

function isFilter(text: string): boolean {
  try {
    parseFilter(text)
    return true
  } catch {
    return false
  }
}

const requoted = (arg: string): string => {
  const colon = arg.indexOf(':')
  return `${arg.slice(0, colon)}:"${arg.slice(colon + 1).replace(/["\\]/g, '\\$&')}"`
}

/** For the help: every key with what it takes. */
export function filterHelp(): string {
  const width = Math.max(...Object.keys(filterKeys).map((key) => key.length)) + 2
  const lines = Object.entries(filterKeys).map(([key, takes]) => `  ${`${key}:`.padEnd(width)} ${takes}`)
  return `\nFilters are words key:value; commas mean or, several words and; double quotes keep spaces, commas and colons.\n${lines.join('\n')}\n`
}
