/** The filter language in a command line. */
import { filterKeys } from '../job/filter.ts'

const names = Object.keys(filterKeys).map((key) => key.split('.')[0] as string)
const startsWord = new RegExp(`^(?:${names.join('|')})[.:]`)

/**
 * One filter of the arguments. A shell takes the quotes away, so `error:"ECONN refused"` arrives as `error:ECONN refused`: where
 * an argument has spaces and does not read as several words, the quotes are put back.
 */
export function filterOf(args: readonly string[]): string {
  return args.map((arg) => (isOneWord(arg) ? requoted(arg) : arg)).join(' ')
}

function isOneWord(arg: string): boolean {
  const parts = arg.trim().split(/\s+/)
  return (
    parts.length > 1 &&
    !arg.includes('"') &&
    startsWord.test(arg) &&
    !parts.slice(1).every((part) => startsWord.test(part))
  )
}

const requoted = (arg: string): string => {
  const colon = arg.indexOf(':')
  return `${arg.slice(0, colon)}:"${arg.slice(colon + 1).replaceAll('\\', '\\\\')}"`
}

/** For the help: every key with what it takes. */
export function filterHelp(): string {
  const width = Math.max(...Object.keys(filterKeys).map((key) => key.length)) + 2
  const lines = Object.entries(filterKeys).map(([key, takes]) => `  ${`${key}:`.padEnd(width)} ${takes}`)
  return `\nFilters are words key:value; commas mean or, several words and; double quotes keep spaces, commas and colons.\n${lines.join('\n')}\n`
}
