/** What may come next in a filter: keys with what they mean, and their values where there are only so many. */
import { useMemo } from 'react'
import { filterKeys, filterWord, priorities, allStates as states } from 'rota/client'
import { useRead } from '../../data/read.ts'
import { useTexts } from '../../lib/texts.ts'
import { type Word, wordAt } from './words.ts'

export interface Suggestion {
  /** What stands in the place of the word. */
  readonly text: string
  readonly detail: string
  /** The word is whole with it. */
  readonly whole: boolean
}

export interface Suggestions {
  readonly word: Word
  readonly list: readonly Suggestion[]
  /** The word is whole as it is written; nothing is to be taken by mistake. */
  readonly whole: boolean
}

const keys = Object.keys(filterKeys).map((key) => key.split('.')[0] as string)
/** They are followed by a name, then by a colon. */
const parted = new Set(['metadata', 'input'])
const times = ['15m', '1h', '24h', '7d']
const most = 12

type Values = Readonly<Record<string, readonly (readonly [value: string, detail: string])[]>>

/** @param awake whether somebody writes: before that nothing is read */
export function useSuggestions(filter: string, caret: number, awake: boolean): Suggestions {
  const t = useTexts('jobs')
  const { data: lanes } = useRead('lanes.list', undefined, { enabled: awake })
  const { data: handlers } = useRead('handlers.list', undefined, { enabled: awake })
  const { data: schedules } = useRead('schedules.list', { limit: 1_000 }, { enabled: awake })
  const values = useMemo<Values>(() => {
    const ago = times.map((time) => [time, t(`filter.times.${time}`)] as const)
    return {
      state: states.map((state) => [state, t(`filter.states.${state}`)]),
      priority: priorities.map((priority) => [priority, t(`priority.${priority}`)]),
      lane: (lanes?.lanes ?? []).map(({ name, paused }) => [name, paused ? t('filter.lanePaused') : '']),
      job: (handlers?.handlers ?? []).map(({ id, description }) => [id, description ?? '']),
      schedule: (schedules?.schedules ?? []).map(({ id, description }) => [id, description ?? '']),
      since: ago,
      until: ago,
    }
  }, [t, lanes, handlers, schedules])
  return useMemo(() => {
    const word = wordAt(filter, caret)
    const colon = word.text.indexOf(':')
    return colon === -1 ? keysFor(word, t) : valuesFor(word, colon, values)
  }, [filter, caret, values, t])
}

function keysFor(word: Word, t: (key: string) => string): Suggestions {
  const typed = word.text.toLowerCase()
  const found = keys
    .filter((key) => key.startsWith(typed))
    .map((key) => ({ text: `${key}${parted.has(key) ? '.' : ':'}`, detail: t(`filter.keys.${key}`), whole: false }))
  const ofState =
    typed.length < 2
      ? []
      : states
          .filter((state) => state.startsWith(typed))
          .map((state) => ({ text: `state:${state}`, detail: t(`filter.states.${state}`), whole: true }))
  return { word, list: [...found, ...ofState], whole: false }
}

function valuesFor(word: Word, colon: number, values: Values): Suggestions {
  const key = word.text.slice(0, colon)
  const comma = word.text.lastIndexOf(',')
  const from = Math.max(colon, comma) + 1
  const typed = word.text.slice(from).replaceAll('"', '').toLowerCase()
  const chosen = new Set(word.text.slice(colon + 1, from).split(','))
  const known = (values[key] ?? []).filter(([value]) => !chosen.has(written(key, value)))
  const fitting = known.filter(([value]) => value.toLowerCase().includes(typed) && value.toLowerCase() !== typed)
  const byStart = fitting.sort(
    ([a], [b]) => Number(b.toLowerCase().startsWith(typed)) - Number(a.toLowerCase().startsWith(typed)),
  )
  return {
    word,
    list: byStart
      .slice(0, most)
      .map(([value, detail]) => ({ text: word.text.slice(0, from) + written(key, value), detail, whole: true })),
    whole: known.some(([value]) => value.toLowerCase() === typed),
  }
}

/** A value as it has to be written to be read as it is. */
const written = (key: string, value: string): string => filterWord(key, value).slice(key.length + 1)
