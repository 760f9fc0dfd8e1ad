/** From a sentence to its rule: phrases in any order, each understood or refused. */
import { RotaError } from '../../job/errors.ts'
import { zoneOf } from '../zone.ts'
import { checkRule } from './check.ts'
import { type Cursor, cursorOf, peek, refuseHere, take, wordAt } from './cursor.ts'
import type { Draft } from './draft.ts'
import { readAnchor, readEvery } from './interval.ts'
import { ordinalAt, readItem, wantedItems } from './items.ts'
import { didYouMean, type Place, refuse, type Source } from './refuse.ts'
import type { NaturalRule } from './rule.ts'
import { addItem, createRuns, runsOf } from './runs.ts'
import { readWindow, windowsOf } from './windows.ts'
import { months, namedTimes, shortcuts, untilWords } from './words.ts'

export const longestText = 500

/**
 * The rule that a sentence means, such as `every weekday at 9am`.
 *
 * @param field the name of what is read, for messages
 * @throws RotaError `schedule_invalid`, with the place and the nearest sentence that is understood
 */
export function parseNatural(text: string, field = 'natural'): NaturalRule {
  const understood = (other: string) => {
    try {
      read({ text: other, field, understood: null })
      return true
    } catch (error) {
      if (error instanceof RotaError) return false
      throw error
    }
  }
  return read({ text, field, understood })
}

function read(source: Source): NaturalRule {
  const { text, field } = source
  if (typeof text !== 'string' || text.trim() === '')
    throw new RotaError('schedule_invalid', `${field}: say when, as in "every weekday at 9am".`, { field })
  if (text.length > longestText)
    throw new RotaError(
      'schedule_invalid',
      `${field}: has ${text.length} characters; at most ${longestText} are read.`,
      {
        field,
      },
    )
  const draft: Draft = {
    cursor: cursorOf(source),
    runs: createRuns(),
    windows: {},
    interval: null,
    anchor: null,
    timezone: null,
  }
  while (peek(draft.cursor).kind !== 'end') readPhrase(draft)
  return checkRule(draft, ruleOf(draft))
}

function ruleOf({ cursor, runs, windows, interval, anchor, timezone }: Draft): NaturalRule {
  if (interval === null) {
    const { source } = cursor
    const near = ['day', 'month', 'year'].map((unit) => `every ${unit} ${source.text.trim()}`)
    const why = `begins no interval; write one "every …"${didYouMean(source, near)}`
    return refuse(source, cursor.tokens[0] as Place, why)
  }
  return {
    every: interval.every,
    unit: interval.unit,
    anchor: anchor?.value ?? null,
    runs: runsOf(runs, cursor.source),
    windows: windowsOf(windows),
    timezone,
  }
}

const wantedPhrases = 'write "every", "on", "at", "in", "between", "from", "upto" or "timezone"'

function readPhrase(draft: Draft): void {
  const { cursor, runs } = draft
  const comma = take(cursor, ',')
  const and = take(cursor, 'and')
  const word = wordAt(cursor)
  if (peek(cursor).kind === 'end') {
    cursor.at = Math.max(0, cursor.at - 1)
    refuseHere(cursor, 'write something behind it, or leave it away')
  }
  if (word === 'every' || shortcuts.has(word) || isTimeAlone(draft)) {
    if (and) refuseHere(cursor, 'leave "and" away before an interval')
    return readEvery(draft)
  }
  if (word === 'on' || word === 'in' || word === 'at') {
    cursor.at += 1
    return readItems(draft, and ? 'list' : 'phrase', word === 'at')
  }
  if (word === 'between' || word === 'from' || untilWords.includes(word)) {
    const behind = runs.last
    runs.last = null
    return readWindow(cursor, draft.windows, and, behind)
  }
  if (word === 'of' && months.has(wordAt(cursor, 1)) && runs.last === 'days') {
    cursor.at += 1
    return readItems(draft, 'phrase', false)
  }
  if (word === 'of' && wordAt(cursor, 1) === 'every' && wordAt(cursor, 2) === 'month') {
    cursor.at += 1
    return readEvery(draft)
  }
  if (word === 'anchored') return readAnchor(draft)
  if (word === 'timezone' || word === 'tz') return readZone(draft)
  if ((comma || and) && runs.last !== null) return readItems(draft, 'list', runs.hours)
  // `first Monday of every month` needs no `on` before it.
  if (cursor.at === 0 && (ordinalAt(cursor) !== null || word === 'the')) return readItems(draft, 'phrase', false)
  refuseHere(cursor, wantedPhrases)
}

/** `noon` and `midnight` are intervals where none was said before them. */
const isTimeAlone = ({ cursor, interval }: Draft) => interval === null && namedTimes.has(wordAt(cursor))

/** The first item of a phrase, or all that stand in brackets; those of a list without brackets are phrases of their own. */
export function readItems(draft: Draft, link: 'phrase' | 'list', hours: boolean): void {
  const { cursor, runs } = draft
  runs.hours = hours
  const isList = take(cursor, '[')
  for (let first = true; ; first = false) {
    const item = readItem(cursor, hours) ?? refuseHere(cursor, wantedFor(cursor))
    addItem(runs, cursor, item, first ? link : 'list')
    if (!isList) return
    if (take(cursor, ']')) return
    const comma = take(cursor, ',')
    const and = take(cursor, 'and')
    if (!comma && !and) refuseHere(cursor, 'write "," or "]"')
    take(cursor, 'on', 'in', 'at')
  }
}

/** People say `at minute 30`, which an anchor does. */
const wantedFor = (cursor: Cursor): string =>
  wordAt(cursor) === 'minute' ? 'write "every 60 minutes anchoredOn 30" for minute 30 of every hour' : wantedItems

function readZone(draft: Draft): void {
  const { cursor } = draft
  cursor.at += 1
  const place = peek(cursor)
  if (place.kind !== 'zone') return refuseHere(cursor, 'write a time zone, as in "timezone Europe/Rome"')
  cursor.at += 1
  checkZone(cursor.source, place)
  draft.timezone = place.text
  if (peek(cursor).kind !== 'end')
    refuse(cursor.source, peek(cursor), 'stands behind the time zone; write that at the end.')
}

function checkZone(source: Source, place: Place): void {
  try {
    zoneOf(place.text, source.field)
  } catch (error) {
    if (!(error instanceof RotaError)) throw error
    const why = error.message.slice(error.message.indexOf(' is no time zone') + 1)
    refuse(source, place, why)
  }
}
