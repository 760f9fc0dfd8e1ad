/** What each field of an expression may hold, and how numbers, names, ranges and steps of it are read. */
import { distance } from 'fastest-levenshtein'
import { firstYear, lastYear } from '../wall.ts'
import { cut, type Word, wrong } from './word.ts'

export interface FieldRule {
  readonly name: string
  readonly min: number
  readonly max: number
  /** How many different values there are: as many as `*` stands for, and no step is larger. */
  readonly size: number
  /** In order, the first stands for `min`. */
  readonly names: readonly string[]
  /** Whether a range may go over the end and on from the beginning: 22-2. */
  readonly wraps: boolean
}

const rule = (name: string, min: number, max: number, more: Partial<FieldRule> = {}): FieldRule =>
  Object.freeze({ name, min, max, size: max - min + 1, names: [], wraps: true, ...more })

const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']
const weekdays = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']

export const second = rule('second', 0, 59)
export const minute = rule('minute', 0, 59)
export const hour = rule('hour', 0, 23)
export const dayOfMonth = rule('day of month', 1, 31)
export const month = rule('month', 1, 12, { names: months })
export const year = rule('year', firstYear, lastYear, { wraps: false })
/** Sunday is both 0 and 7. */
export const vixieWeekday = rule('day of week', 0, 7, { size: 7, names: weekdays })
export const quartzWeekday = rule('day of week', 1, 7, { names: weekdays })

/** `*`, `5`, `2-9`, each with or without `/n`. */
export interface Range {
  /** As small numbers as can be, without names: `1-5/2`. */
  readonly text: string
  /** From `min` of the rule on; below `to`, or above it where the range goes over the end. */
  readonly from: number
  readonly to: number
  readonly step: number
}

/** One element of a list. */
export function readRange(word: Word, rule: FieldRule): Range {
  const slash = word.text.indexOf('/')
  if (slash < 0) return readPlainRange(word, rule)
  const base = cut(word, 0, slash)
  if (base.text === '') throw wrong(word, 'nothing stands before "/"', `"*${word.text}" would be every such value`)
  const range = readPlainRange(base, rule)
  const step = readStep(cut(word, slash + 1), rule)
  // `5-5/2` is 5 only, where `5/2` goes on.
  if (!isOne(base) && (step === 1 || range.from === range.to)) return range
  const text = `${range.text}/${step}`
  // `5/15`: from 5 on to the end of the field.
  return isOne(base) ? { text, from: range.from, to: lastOf(rule), step } : { ...range, step, text }
}

const isOne = (base: Word): boolean => base.text !== '*' && !base.text.includes('-')
const lastOf = ({ min, size }: FieldRule): number => min + size - 1

function readPlainRange(word: Word, rule: FieldRule): Range {
  if (word.text === '*') return { text: '*', from: rule.min, to: lastOf(rule), step: 1 }
  if (word.text.startsWith('*')) throw wrong(cut(word, 1), `${quoted(word.text.slice(1))} is not understood`, starHint)
  const dash = word.text.indexOf('-')
  if (dash < 0) {
    const value = firstSpelling(readValue(word, rule), rule)
    return { text: String(value), from: value, to: value, step: 1 }
  }
  const from = readValue(cut(word, 0, dash), rule)
  const to = readValue(cut(word, dash + 1), rule)
  if (from > to && !rule.wraps) throw wrong(word, `${from} comes after ${to}`, `"${to}-${from}" would be a range`)
  if (from === to) return readPlainRange(cut(word, 0, dash), rule)
  return { text: `${from}-${to}`, from, to, step: 1 }
}

/** Sunday is 0, also where it was written as 7. */
export const firstSpelling = (value: number, { min, size }: FieldRule): number => min + ((value - min) % size)

/** A number or a name. */
export function readValue(word: Word, rule: FieldRule): number {
  const { text } = word
  if (/^\d+$/.test(text)) return readNumber(word, rule.min, rule.max)
  if (text === '') throw wrong(word, 'a value is missing', allowed(rule))
  if (/^[A-Za-z]+$/.test(text)) return rule.min + readName(word, rule)
  const bad = text.search(rule.names.length > 0 ? /[^\dA-Za-z]/ : /\D/)
  const place = cut(word, Math.max(bad, 0))
  const what = bad < 0 ? `"${text}" is neither a number nor a name` : `${quoted(place.text)} is not understood`
  throw wrong(place, what, allowed(rule))
}

const starHint = '"*" stands alone or with a step, as in */5'

/** The first character, which may be two of JavaScript's or one that nobody sees. */
function quoted(text: string): string {
  const code = text.codePointAt(0) as number
  const seen = code > 0x20 && code < 0x7f
  return seen
    ? JSON.stringify(String.fromCodePoint(code))
    : `the character U+${code.toString(16).toUpperCase().padStart(4, '0')}`
}

export function readNumber(word: Word, min: number, max: number): number {
  const value = Number(word.text)
  if (word.text === '') throw wrong(word, 'a number is missing', `${min} to ${max} are allowed`)
  if (!/^\d+$/.test(word.text)) throw wrong(word, `"${word.text}" is no number`, `${min} to ${max} are allowed`)
  if (value > max) throw wrong(word, `${shorten(word.text)} is too large`, `${min} to ${max} are allowed`)
  if (value < min) throw wrong(word, `${shorten(word.text)} is too small`, `${min} to ${max} are allowed`)
  return value
}

const shorten = (digits: string): string => (digits.length > 12 ? `${digits.slice(0, 11)}…` : digits)

function readStep(word: Word, { size }: FieldRule): number {
  if (/^\d+$/.test(word.text) && Number(word.text) > size) {
    const problem = `a step of ${shorten(word.text)} is too large`
    throw wrong(word, problem, `the field has ${size} values, so 1 to ${size} are allowed. It begins anew each time`)
  }
  return readNumber(word, 1, size)
}

function readName(word: Word, rule: FieldRule): number {
  const { names } = rule
  const index = names.indexOf(word.text.toUpperCase())
  if (index >= 0) return index
  const near = nearName(word.text.toUpperCase(), names)
  const hint = near === undefined ? '' : `did you mean ${near}? `
  throw wrong(word, `${JSON.stringify(word.text)} is not known`, hint + allowed(rule))
}

/** `MON` for MONDAY and for MOM. */
const nearName = (text: string, names: readonly string[]): string | undefined =>
  names.find((name) => text.startsWith(name)) ?? names.find((name) => distance(text, name) === 1)

function allowed({ min, max, names }: FieldRule): string {
  const numbers = `${min} to ${max}`
  return names.length === 0 ? `${numbers} are allowed` : `${numbers} and ${names[0]} to ${names.at(-1)} are allowed`
}

/** Calls `visit` with the values of a range, in the order in which they are met. */
export function eachValue({ from, to, step }: Range, rule: FieldRule, visit: (value: number) => void): void {
  // Sunday is 0 where a range begins with it, and 7 where one ends with it.
  const first = from > to ? firstSpelling(from, rule) : from
  const last = first > to ? to + rule.size : to
  for (let value = first; value <= last; value += step) visit(firstSpelling(value, rule))
}
