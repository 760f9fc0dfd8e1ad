/**
 * Which jobs are meant: one language for the library, the command line and whoever else asks. As text
 * (`state:failed lane:mail metadata.team:"a b"`) or as an object; both become the same `Filter`, by the same checks.
 */
import { type Duration, type Instant, parseDuration, parseInstant } from './duration.ts'
import { isRotaError, RotaError, show } from './errors.ts'
import { type FilterWord, quoted, wordsOf } from './filter-words.ts'
import { stateHints } from './option-hints.ts'
import * as check from './options.ts'
import { type Priority, priorities } from './priority.ts'
import { allStates, type State } from './states.ts'

/** An instant, or so many milliseconds before now. */
export type Moment = { readonly at: number } | { readonly ago: number }

/** A filter in its normal form. Every key that is not null has to fit; of several values one is enough. */
export interface Filter {
  readonly states: readonly State[] | null
  readonly lanes: readonly string[] | null
  readonly jobs: readonly string[] | null
  readonly priorities: readonly Priority[] | null
  /** Exactly. */
  readonly reasons: readonly string[] | null
  readonly ids: readonly string[] | null
  readonly flows: readonly string[] | null
  readonly schedules: readonly string[] | null
  /** Enqueued at this instant or later. */
  readonly since: Moment | null
  /** Enqueued before this instant. */
  readonly until: Moment | null
  /** Values as words: `42` means the number 42 and the text "42", `true` likewise. */
  readonly metadata: readonly { readonly key: string; readonly values: readonly string[] }[]
  /** Values as words; the path goes through objects by key and through arrays by position. */
  readonly input: readonly { readonly path: readonly string[]; readonly values: readonly string[] }[]
  /** Parts of the message, the name or the code of the error; A–Z and a–z are the same. */
  readonly errors: readonly string[] | null
}

type OneOrMore<T> = T | readonly T[]
type Word = string | number | boolean

/** A filter as an object: the same keys as in a text, one value or several of which one is enough. */
export interface FilterObject {
  /** Where a job is on its way. */
  readonly state?: OneOrMore<State>
  /** Names of lanes. */
  readonly lane?: OneOrMore<string>
  /** Ids of definitions. */
  readonly job?: OneOrMore<string>
  /** The priority it was stored with. */
  readonly priority?: OneOrMore<Priority>
  /** Why a job is in its state, exactly. */
  readonly reason?: OneOrMore<string>
  /** Ids of jobs. */
  readonly id?: OneOrMore<string>
  /** Id of a flow. */
  readonly flow?: OneOrMore<string>
  /** Id of a schedule whose run it is. */
  readonly schedule?: OneOrMore<string>
  /** Enqueued at this instant or later, or within this duration before now. */
  readonly since?: Duration | Instant
  /** Enqueued before this instant, or longer than this duration before now. */
  readonly until?: Duration | Instant
  /** By key. `42` and `'42'` mean the same: the number and the text. */
  readonly metadata?: Readonly<Record<string, OneOrMore<Word>>>
  /** By path, such as `'items.0.sku'`. */
  readonly input?: Readonly<Record<string, OneOrMore<Word>>>
  /** Part of the message, the name or the code of the error. */
  readonly error?: OneOrMore<string>
}

export const everyJob: Filter = Object.freeze({
  states: null,
  lanes: null,
  jobs: null,
  priorities: null,
  reasons: null,
  ids: null,
  flows: null,
  schedules: null,
  since: null,
  until: null,
  metadata: [],
  input: [],
  errors: null,
})

/** Every key of the language, in the order of the help, with what it takes. */
export const filterKeys = Object.freeze({
  state: allStates.join(', '),
  lane: 'name of the lane',
  job: 'id of the definition',
  priority: priorities.join(', '),
  reason: 'why it is in its state, exactly',
  id: 'id of the job',
  flow: 'id of a flow',
  schedule: 'id of a schedule whose run it is',
  since: 'enqueued at this instant or later, or within this duration before now',
  until: 'enqueued before this instant, or longer ago than this duration',
  'metadata.<key>': 'value in the metadata',
  'input.<path>': 'value in the input, such as input.items.0.sku:A1',
  error: 'part of the message, the name or the code of the error',
})

const longest = 2_000
const mostValues = 1_000

const word = check.text(longest, 0)
const uuid: check.Check<string> = (value, field) => {
  const lower = typeof value === 'string' ? value.toLowerCase() : ''
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(lower)) return lower
  throw new RotaError('option_invalid', `${field}: ${show(value)} is not an id. An id is a UUID, as enqueue gives it.`)
}

/** The years that an ISO text can name. */
const firstInstant = Date.parse('0000-01-01T00:00:00Z')
const lastInstant = Date.parse('9999-12-31T23:59:59.999Z')

const moment: check.Check<Moment> = (value, field) => {
  if (typeof value === 'number' || (typeof value === 'string' && looksLikeDuration.test(value)))
    return { ago: parseDuration(value, field) }
  const at = typeof value === 'string' ? writtenInstant(value, field) : parseInstant(value, field)
  if (at >= firstInstant && at <= lastInstant) return { at }
  throw new RotaError('instant_invalid', `${field}: only instants of the years 0 to 9999 can be asked for.`)
}

const looksLikeDuration = /^\s*\d+(\.\d+)?\s*(ms|[smhd])\s*$/

function writtenInstant(text: string, field: string): number {
  try {
    return parseInstant(text, field)
  } catch (error) {
    const code = /^\d{4}-/.test(text) ? 'instant_invalid' : 'duration_invalid'
    const message = `${field}: ${show(text)} is neither a duration before now, such as 1h or 1d, nor an instant with its zone, such as 2027-01-31T09:00:00Z.`
    throw new RotaError(code, message, { cause: error })
  }
}

function anyOf<T>(one: check.Check<T>): check.Check<readonly T[]> {
  return (value, field) => {
    const list = Array.isArray(value) ? value : [value]
    if (list.length > 0 && list.length <= mostValues) return [...new Set(list.map((entry) => one(entry, field)))]
    const why = list.length === 0 ? 'has no value' : `has more than ${mostValues} values`
    throw new RotaError('option_invalid', `${field}: ${why}.`)
  }
}

const valueWord: check.Check<string> = (value, field) => {
  if (typeof value === 'boolean' || Number.isFinite(value)) return String(value)
  return word(value, field)
}

/** By key: a key and its values. */
function named<T>(name: string, entry: (key: string, values: readonly string[]) => T): check.Check<readonly T[]> {
  return (value, field) => {
    check.checkObject(field, value)
    const entries = Object.entries(value).filter(([, values]) => values !== undefined)
    if (entries.length > 50) throw new RotaError('option_invalid', `${field}: more than 50 keys at once are refused.`)
    return entries.map(([key, values]) => {
      word(key, `${name}.<key>`)
      return entry(key, anyOf(valueWord)(values, `filter ${name}.${key}`))
    })
  }
}

const checks = {
  state: anyOf(check.oneOf(allStates, stateHints)),
  lane: anyOf(word),
  job: anyOf(word),
  priority: anyOf(check.oneOf(priorities)),
  reason: anyOf(word),
  id: anyOf(uuid),
  flow: anyOf(uuid),
  schedule: anyOf(word),
  since: moment,
  until: moment,
  metadata: named('metadata', (key, values) => ({ key, values })),
  input: named('input', (path, values) => ({ path: pathOf(path), values })),
  error: anyOf(check.text(longest)),
}

/**
 * The normal form of a filter that somebody wrote.
 *
 * @throws RotaError `option_invalid`, `option_unknown`, `duration_invalid` or `instant_invalid`, always of the field `filter`
 * @example parseFilter('state:failed since:1h').states // ['failed']
 */
export function parseFilter(filter: unknown): Filter {
  try {
    if (typeof filter !== 'string') return normal(checked(filter as FilterObject))
    const words = wordsOf(check.text(longest, 0)(filter, 'filter'), Object.keys(filterKeys))
    const set: Partial<Record<string, unknown>> = {}
    const metadata = words.filter(({ key }) => key === 'metadata')
    const input = words.filter(({ key }) => key === 'input')
    for (const { key, values, text } of words) {
      if (key === 'metadata' || key === 'input') continue
      if ((key === 'since' || key === 'until') && values.length > 1)
        throw new RotaError('option_invalid', `filter: "${text}" has two values; write one.`)
      set[key] = key === 'since' || key === 'until' ? values[0] : values
    }
    const listed = (one: FilterWord) => anyOf(valueWord)(one.values, `filter ${one.key}.${one.path.join('.')}`)
    return {
      ...normal(checked(set)),
      metadata: metadata.map((one) => ({ key: one.path[0] as string, values: listed(one) })),
      input: input.map((one) => ({ path: one.path, values: listed(one) })),
    }
  } catch (error) {
    if (!isRotaError(error)) throw error
    throw new RotaError(error.code, error.message, { field: 'filter', cause: error.cause })
  }
}

const checked = (options: unknown) => check.checkOptions('filter', options, withName(checks))

/** Messages say `filter state: …`, so that the part at fault is named. */
function withName<C extends check.Checks>(table: C): C {
  const renamed = Object.entries(table).map(([name, one]) => [name, (value: unknown) => one(value, `filter ${name}`)])
  return Object.fromEntries(renamed) as C
}

/** Longer paths and more values, of all keys together, would be more than one statement can hold. */
const deepestPath = 32

function checkSize(filter: Filter): Filter {
  const lists = [
    filter.states,
    filter.lanes,
    filter.jobs,
    filter.priorities,
    filter.reasons,
    filter.ids,
    filter.flows,
    filter.schedules,
    filter.errors,
  ]
  const values = [...lists, ...[...filter.metadata, ...filter.input].map((one) => one.values)]
  const count = values.reduce((sum, list) => sum + (list?.length ?? 0), 0)
  const deep = filter.input.find(({ path }) => path.length > deepestPath)
  if (count <= mostValues && deep === undefined) return filter
  const why = deep
    ? `input: a path of ${deep.path.length} parts is too long; at most ${deepestPath}`
    : `${count} values are too many; at most ${mostValues}`
  throw new RotaError('option_invalid', `filter ${why}.`, { field: 'filter' })
}

function normal(set: Partial<{ [K in keyof typeof checks]: ReturnType<(typeof checks)[K]> }>): Filter {
  return checkSize({
    states: set.state ?? null,
    lanes: set.lane ?? null,
    jobs: set.job ?? null,
    priorities: set.priority ?? null,
    reasons: set.reason ?? null,
    ids: set.id ?? null,
    flows: set.flow ?? null,
    schedules: set.schedule ?? null,
    since: set.since ?? null,
    until: set.until ?? null,
    metadata: set.metadata ?? [],
    input: set.input ?? [],
    errors: set.error ?? null,
  })
}

const pathOf = (path: string): readonly string[] => (wordsOf(`input.${path}:x`, ['input.<path>'])[0] as FilterWord).path

/** The text of a filter: parsing it gives the same filter. */
export function formatFilter(filter: Filter): string {
  const listed = (values: readonly string[]) => values.map((value) => quoted(value, /[\s,"]/)).join(',')
  const ofMoment = (one: Moment) => ('at' in one ? new Date(one.at).toISOString() : `${one.ago}ms`)
  const word = (key: string, values: readonly string[] | null) => (values === null ? [] : [`${key}:${listed(values)}`])
  return [
    ...word('state', filter.states),
    ...word('lane', filter.lanes),
    ...word('job', filter.jobs),
    ...word('priority', filter.priorities),
    ...word('reason', filter.reasons),
    ...word('id', filter.ids),
    ...word('flow', filter.flows),
    ...word('schedule', filter.schedules),
    ...word('since', filter.since && [ofMoment(filter.since)]),
    ...word('until', filter.until && [ofMoment(filter.until)]),
    ...filter.metadata.flatMap(({ key, values }) => word(`metadata.${quoted(key, /[\s:"]/)}`, values)),
    ...filter.input.flatMap(({ path, values }) =>
      word(['input', ...path.map((key) => quoted(key, /[\s.:"]/))].join('.'), values),
    ),
    ...word('error', filter.errors),
  ].join(' ')
}
