/** A sentence in pieces. Words that are written in one, as `LastDayOfTheMonth`, come out as they are spoken. */
import { type Place, refuse, type Source } from './refuse.ts'
import type { NamedDate } from './rule.ts'
import { months, weekdays } from './words.ts'

export type Token = Place &
  (
    | { readonly kind: 'word'; readonly word: string; readonly glued: boolean }
    | { readonly kind: 'number'; readonly value: number }
    | { readonly kind: 'ordinal'; readonly value: number }
    | { readonly kind: 'time'; readonly value: number }
    | { readonly kind: 'date'; readonly date: NamedDate }
    | { readonly kind: 'sign'; readonly sign: '[' | ']' | ',' | '+' | '-' }
    | { readonly kind: 'zone' }
    | { readonly kind: 'end' }
  )

const patterns = {
  space: /\s+/y,
  isoDate: /(\d{4})-(\d\d)-(\d\d)(?![\d-])/y,
  monthDay: /(\d\d)-(\d\d)(?![\d:-])/y,
  namedMonthDay: /([A-Za-z]{3,9})-(\d{1,2})(?!\w|:)/y,
  time: /(\d{1,2}):(\d\d)(?::(\d\d))?(?:\s*([ap])(?:\.m\.?|m))?(?![\w:])/iy,
  clockTime: /(\d{1,2})()()\s*([ap])(?:\.m\.?|m)(?!\w)/iy,
  ordinal: /(\d{1,3})(st|nd|rd|th)(?!\d)/iy,
  number: /\d{1,10}(?![\w:]|[.-]\d)/y,
  word: /[A-Za-z]+/y,
  sign: /[[\],+-]/y,
  other: /[^\s[\],]+/y,
} as const

/** Written in one: `FirstMonday`, `LastDayOfTheMonth`, `ClosestWeekdayTo`, `anchoredOn`. */
const compounds = [
  new RegExp(
    `^(first|second|third|fourth|fifth|last)(weekday|day|${[...weekdays.keys()].sort((a, b) => b.length - a.length).join('|')})?(of)?(the)?(month)?$`,
  ),
  /^(monday|tuesday|wednesday|thursday|friday|saturday|sunday|day|weekday)(of)(the)?(month)$/,
  /^(closest)(weekday)(to)?$/,
  /^(anchored|based)(on|at|in)$/,
]

export function tokensOf(source: Source): Token[] {
  const { text } = source
  const tokens: Token[] = []
  let at = 0
  const match = (name: keyof typeof patterns): RegExpExecArray | null => {
    const pattern = patterns[name]
    pattern.lastIndex = at
    return pattern.exec(text)
  }
  const push = (token: Token) => {
    tokens.push(token)
    at = token.at + token.text.length
  }
  for (;;) {
    at += match('space')?.[0].length ?? 0
    if (at >= text.length) break
    // An @ before a word is a custom of another scheduler, and means nothing.
    if (text[at] === '@' && /[A-Za-z]/.test(text[at + 1] ?? '')) at += 1
    const last = tokens.at(-1)
    if (last?.kind === 'word' && (last.word === 'tz' || last.word === 'timezone')) {
      push({ kind: 'zone', at, text: (match('other') as RegExpExecArray | null)?.[0] ?? (text[at] as string) })
      continue
    }
    checkSpace(source, last, at)
    const token = dateAt(source, match, at) ?? timeAt(source, match, at) ?? numberAt(match, at)
    if (token !== null) push(token)
    else if (/[A-Za-z]/.test(text[at] as string)) {
      const word = (match('word') as RegExpExecArray)[0]
      const glued = last !== undefined && last.kind === 'ordinal' && last.at + last.text.length === at
      for (const part of partsOf(word)) tokens.push({ kind: 'word', word: part, at, text: word, glued })
      at += word.length
    } else {
      const sign = match('sign')?.[0]
      if (sign === undefined) refuseShape(source, { at, text: (match('other') as RegExpExecArray)[0] })
      push({ kind: 'sign', sign: sign as ',', at, text: sign })
    }
  }
  tokens.push({ kind: 'end', at: text.length, text: '' })
  return tokens
}

/** Only what belongs together may be written together: `1stMon`, `LastDay-1`. */
function checkSpace(source: Source, last: Token | undefined, at: number): void {
  const rest = /^\w[^\s[\],]*/.exec(source.text.slice(at))?.[0]
  if (rest === undefined || last === undefined || last.kind === 'sign' || last.at + last.text.length !== at) return
  if (last.kind !== 'ordinal' || !/^[A-Za-z]/.test(rest)) refuse(source, { at, text: rest }, 'needs a space before it.')
}

type Match = (name: keyof typeof patterns) => RegExpExecArray | null

function dateAt(source: Source, match: Match, at: number): Token | null {
  const iso = match('isoDate')
  const short = iso ?? match('monthDay') ?? match('namedMonthDay')
  if (short === null) return null
  const month = iso ? Number(iso[2]) : (months.get((short[1] as string).toLowerCase()) ?? Number(short[1]))
  // `mon-5` is not the name of a month, and no date.
  if (Number.isNaN(month)) return null
  const date = { year: iso ? Number(iso[1]) : null, month, day: Number(iso ? iso[3] : short[2]) }
  const token: Token = { kind: 'date', date, at, text: short[0] }
  checkDate(source, token, date)
  return token
}

/** The years in which a date may be said. Nothing is scheduled in the past, and nobody knows the zones of later ones. */
export const firstDateYear = 1970
export const lastDateYear = 2300

export function checkDate(source: Source, place: Place, { year, month, day }: NamedDate): void {
  if (month < 1 || month > 12)
    refuse(source, place, 'is no date: write it as month and day, as in "12-31" or "Jan-23".')
  const leap = year === null || (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  const longest = month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31
  if (day < 1 || day > longest) refuse(source, place, `is no date: that month has the days 1 to ${longest}.`)
  if (year !== null && (year < firstDateYear || year > lastDateYear))
    refuse(source, place, `is out of reach: write a year from ${firstDateYear} to ${lastDateYear}.`)
}

function timeAt(source: Source, match: Match, at: number): Token | null {
  const found = match('time') ?? match('clockTime')
  if (found === null) return null
  const place = { at, text: found[0] }
  const half = found[4]?.toLowerCase()
  const [hour, minute, second] = [Number(found[1]), Number(found[2] || 0), Number(found[3] || 0)]
  if (minute > 59 || second > 59) refuse(source, place, 'is no time of day: minutes and seconds go to 59.')
  if (half !== undefined && (hour < 1 || hour > 12)) {
    const hint = hour > 12 && hour < 24 ? ` Without am and pm it is a 24-hour time, as in "${hour}:00".` : ''
    refuse(source, place, `is no time of day: with am and pm hours go from 1 to 12.${hint}`)
  }
  if (hour > 23) refuse(source, place, 'is no time of day: hours go from 0 to 23, and midnight is 00:00.')
  const hours = half === undefined ? hour : (hour % 12) + (half === 'p' ? 12 : 0)
  return { kind: 'time', value: hours * 3_600 + minute * 60 + second, ...place }
}

function numberAt(match: Match, at: number): Token | null {
  const ordinal = match('ordinal')
  if (ordinal) {
    const value = Number(ordinal[1])
    const suffix = value % 100 > 10 && value % 100 < 14 ? 'th' : (['th', 'st', 'nd', 'rd'][value % 10] ?? 'th')
    return suffix === (ordinal[2] as string).toLowerCase() ? { kind: 'ordinal', value, at, text: ordinal[0] } : null
  }
  const number = match('number')
  return number && { kind: 'number', value: Number(number[0]), at, text: number[0] }
}

function partsOf(text: string): string[] {
  const word = text.toLowerCase()
  for (const compound of compounds) {
    const parts = compound.exec(word)
    if (parts)
      return parts.slice(1).flatMap((part) => (part === undefined ? [] : [part === 'based' ? 'anchored' : part]))
  }
  return [word === 'based' ? 'anchored' : word]
}

/** Something that begins with no letter and is nothing known. */
function refuseShape(source: Source, place: Place): never {
  const { text } = place
  const [, digits = '', suffix = ''] = /^(\d+)([a-z]*)$/i.exec(text) ?? []
  const unit = { s: 'seconds', m: 'minutes', h: 'hours', d: 'days', w: 'weeks', y: 'years' }[suffix.toLowerCase()]
  if (unit) refuse(source, place, `is not understood; write "${digits} ${unit}".`)
  if (/^(st|nd|rd|th)$/i.test(suffix)) {
    const value = Number(digits)
    const right = value % 100 > 10 && value % 100 < 14 ? 'th' : (['th', 'st', 'nd', 'rd'][value % 10] ?? 'th')
    refuse(source, place, `is not understood, did you mean "${digits}${right}"?`)
  }
  if (/^\d+:\d*$/.test(text)) refuse(source, place, 'is no time of day; write it as in "9:05", "14:00" or "9am".')
  if (/^\d+[.]\d+$/.test(text))
    refuse(source, place, 'is no whole number; write a smaller unit, as in "every 90 minutes".')
  if (/^\d+[-/.]\d/.test(text))
    refuse(
      source,
      place,
      'is no date; write it as in "12-31", "Jan-23" or "2027-01-23", and a range as in "between 9:00 and 17:00".',
    )
  refuse(source, place, 'is not understood; write words, numbers, times and dates, as in "every day at 9:30".')
}
