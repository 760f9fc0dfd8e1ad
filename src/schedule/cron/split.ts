/** From the text to its fields, whatever they hold. */
import { show } from '../../job/errors.ts'
import { suggest } from '../../job/suggest.ts'
import { type Source, scheduleInvalid, type Word, wrong } from './word.ts'

export const cronDialects = Object.freeze(['vixie', 'quartz'] as const)

/** How an expression is to be read: as crontab does, or as the Java library Quartz. */
export type CronDialect = (typeof cronDialects)[number]

export interface Words {
  /** How many fields were given. */
  readonly count: number
  readonly second: Word
  readonly minute: Word
  readonly hour: Word
  readonly ofMonth: Word
  readonly month: Word
  readonly ofWeek: Word
  readonly year: Word
}

/** Nobody writes longer ones, and whoever sends them shall not keep us busy. */
const longest = 500

const macros: Readonly<Record<string, string>> = Object.freeze({
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
})

const names = ['second', 'minute', 'hour', 'day of month', 'month', 'day of week', 'year'] as const

/** @throws RotaError `schedule_invalid` where there are too many fields or too few */
export function split(expression: string, dialect: CronDialect, option: string): Words {
  if (typeof expression !== 'string')
    throw scheduleInvalid(option, `${show(expression)} is no string; '0 9 * * *' is one`)
  if (expression.length > longest)
    throw scheduleInvalid(option, `the expression has ${expression.length} characters; at most ${longest} are allowed`)
  const source: Source = { expression, option }
  const plain = /^[ \t]*@/.test(expression)
    ? macroOf({ source, name: 'macro', ...find(expression) }, dialect)
    : expression
  const found = [...plain.matchAll(/[^ \t]+/g)]
  checkCount(found.length, expression, dialect, option)
  /** By its place in `names`; what was not given is at an end, and stands for `missing`. */
  const word = (index: number, missing: string): Word => {
    const match = found[found.length === 5 ? index - 1 : index]
    const position = (match?.index ?? 0) + 1
    return { source, name: names[index] as string, text: match?.[0] ?? missing, position }
  }
  return {
    count: found.length,
    second: word(0, '0'),
    minute: word(1, ''),
    hour: word(2, ''),
    ofMonth: word(3, ''),
    month: word(4, ''),
    ofWeek: word(5, ''),
    year: word(6, '*'),
  }
}

const find = (expression: string) => ({ text: expression.trim(), position: expression.indexOf('@') + 1 })

function macroOf(word: Word, dialect: CronDialect): string {
  const name = word.text.toLowerCase()
  const known = Object.keys(macros)
  if (/^@every\b/.test(name)) {
    const every = name.slice('@every'.length).trim()
    const hint = `use { every: '${/^\w{1,20}$/.test(every) ? every : '5m'}' } instead of a cron expression`
    throw wrong(word, '"@every" is no time of a calendar', hint)
  }
  if (name === '@reboot') throw wrong(word, '"@reboot" is no time', 'enqueue the job where the process starts')
  const plain = Object.hasOwn(macros, name) ? (macros[name] as string) : undefined
  if (plain === undefined)
    throw wrong(word, `${show(word.text)} is not known`, `${didYouMean(name, known)}${known.join(', ')} are allowed`)
  if (dialect === 'quartz')
    throw wrong(word, 'Quartz knows no macros', `give a dialect of 'vixie', where it is "${plain}"`)
  return plain
}

/** `did you mean "@daily"? ` or nothing */
const didYouMean = (name: string, known: readonly string[]) => suggest(name, known).replace(/^, (.+)$/, '$1 ')

function checkCount(count: number, expression: string, dialect: CronDialect, option: string): void {
  if (count <= 7 && count >= (dialect === 'quartz' ? 6 : 5)) return
  const order = 'minute, hour, day of month, month, day of week'
  const allowed =
    dialect === 'quartz'
      ? `Quartz wants 6 or 7: second, ${order} and, if need be, year`
      : `5 are needed (${order}), 6 (a second before them) or 7 (and a year behind them)`
  throw scheduleInvalid(option, `${show(expression)} has ${count} field${count === 1 ? '' : 's'}; ${allowed}`)
}
