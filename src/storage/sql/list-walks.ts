/** The ways through the two tables that a filter allows, each in the order of ids, and what has to be filtered then. */
import { priorityRank } from '../../job/priority.ts'
import { allStates, finalStates, isFinalState, type State } from '../../job/states.ts'
import type { ListQuery } from '../contract.ts'
import { codeOf, codesOf } from './codes.ts'
import type { Bind, Condition, SqlDatabase } from './database.ts'
import { type Range, within } from './list-range.ts'
import { liveReason } from './look.ts'

type Part = (bind: Bind, range: Range) => string

export interface Walk {
  /** What its index serves; all of them together are the walk. */
  readonly parts: readonly Part[]
  /** Rows that the same index counts, where they are not the parts on the table itself. */
  readonly steps: { readonly table: string; readonly id: string; readonly parts: readonly Condition[] } | null
  readonly rest: readonly Condition[]
  /** How the id is written where the index on it must not be used. */
  readonly id?: string
  /** There is no need of a window: it is few, or nothing is filtered. */
  readonly whole: boolean
}

export interface Source {
  readonly table: 'jobs' | 'finished_jobs'
  readonly walks: readonly Walk[]
  /** By an index that finds them in no order. */
  readonly unordered: Walk | null
}

/** More values than these are filtered instead of walked one by one. */
const mostParts = 4

export function sourcesOf(db: SqlDatabase, query: ListQuery, range: Range): Source[] {
  const states = [...new Set(query.states ?? allStates)]
  const failing = query.errors !== null // what waits, runs or succeeded has no error
  const live = failing || query.overFor !== null ? [] : states.filter((state) => !isFinalState(state))
  const finished = states.filter((state) => isFinalState(state) && !(failing && state === 'succeeded'))
  const waiting = live.filter((state) => state !== 'running')
  // What runs is few of very many: found first and sorted then, instead of walking by id through all that waits.
  const groups = live.length === allStates.length - finalStates.length ? [live] : [waiting, live.filter(isRunning)]
  return [
    ...groups.filter((group) => group.length > 0).map((group) => sourceOf(db, query, range, 'jobs', group)),
    ...(finished.length > 0 ? [sourceOf(db, query, range, 'finished_jobs', finished)] : []),
  ]
}

const isRunning = (state: State) => state === 'running'

function sourceOf(
  db: SqlDatabase,
  query: ListQuery,
  range: Range,
  table: Source['table'],
  states: readonly State[],
): Source {
  const asked = askedOf(db, query, range, table, states)
  const without = (key: string) => asked.filter(([name]) => name !== key).map(([, condition]) => condition)
  const walk = (key: string, parts: readonly Part[], whole = false): Walk => {
    const rest = without(key)
    return { parts, steps: null, rest, whole: whole || rest.length === 0 }
  }
  const { ids, flows, schedules, jobs } = query
  const only = (one: Walk): Source => ({ table, walks: [one], unordered: null })
  if (ids !== null) return only(walk('ids', [(bind) => db.anyOf('id', bind(ids))], true))
  if (flows !== null && flows.length > mostParts)
    return only(walk('flows', [(bind) => db.anyOf('flow', bind(flows))], true))
  if (flows !== null)
    return only(
      walk(
        'flows',
        flows.map((flow) => (bind) => `flow = $${bind(flow)}`),
      ),
    )
  if (states.every(isRunning)) return only(walk('states', [() => 'worker is not null'], true))

  const walks = [walk('', [() => '1 = 1'])]
  if (table === 'finished_jobs' && !states.includes('succeeded')) {
    const rare = `state <> ${codeOf('succeeded')}` // as the partial index has it
    walks.push(
      walk(
        'states',
        states.map((state) => () => `state = ${codeOf(state)} and ${rare}`),
      ),
    )
  }
  if (table === 'finished_jobs' && jobs !== null && jobs.length <= mostParts)
    walks.push(
      walk(
        'jobs',
        jobs.map((job) => (bind) => `job = $${bind(job)}`),
      ),
    )
  if (schedules !== null && schedules.length <= mostParts)
    walks.push(
      walk(
        'schedules',
        schedules.map((schedule) => (bind) => `schedule = $${bind(schedule)}`),
      ),
    )
  const { labels } = db.find
  if (labels.kind === 'table') {
    for (const { key, values } of query.metadata.slice(0, mostParts)) {
      const steps = labels.of(key, values)
      const inRange: Part = (bind, bounds) =>
        `id in (select job_id from labels where (${steps.map((step) => step(bind)).join(' or ')}) and ${within(bounds, 'job_id')(bind)})`
      const rest = without(`metadata.${key}`)
      walks.push({ parts: [inRange], steps: { table: 'labels', id: 'job_id', parts: steps }, rest, whole: false })
    }
    return { table, walks, unordered: null }
  }
  if (table === 'jobs' || query.metadata.length === 0) return { table, walks, unordered: null }
  const indexed = query.metadata.map(({ key, values }) => labels.metadataHas(key, values))
  const rest = asked.filter(([name]) => !name.startsWith('metadata.')).map(([, condition]) => condition)
  const parts: Part[] = [(bind) => indexed.map((condition) => `(${condition(bind)})`).join(' and ')]
  return { table, walks, unordered: { parts, steps: null, rest, whole: true, id: labels.id } }
}

/**
 * Everything that is asked for, as conditions that no index serves: a statement that walks by one index must not be tempted by
 * another, which the window does not bound.
 */
function askedOf(
  db: SqlDatabase,
  query: ListQuery,
  range: Range,
  table: Source['table'],
  states: readonly State[],
): readonly (readonly [string, Condition])[] {
  const asked: [string, Condition][] = []
  const among = (key: string, column: string, values: readonly string[] | readonly number[] | null) => {
    if (values !== null) asked.push([key, (bind) => db.anyOf(column, bind(values))])
  }
  if (table === 'finished_jobs' && states.length < finalStates.length)
    asked.push(['states', () => `state + 0 in (${codes(states)})`])
  if (table === 'jobs' && states.length < allStates.length - finalStates.length) {
    const waiting = `worker is null and stage + 0 in (${codes(states)})`
    asked.push(['states', () => (states.includes('running') ? 'worker is not null' : waiting)])
  }
  among('ids', 'id', query.ids)
  among('flows', 'flow', query.flows)
  among('schedules', `(schedule || '')`, query.schedules)
  among('jobs', `(job || '')`, query.jobs)
  among('lanes', 'lane', query.lanes)
  among('priorities', 'priority', query.priorities?.map(priorityRank) ?? null)
  among('reasons', table === 'jobs' ? `(${liveReason})` : 'reason', query.reasons)
  const { since, until } = range
  if (since !== null) asked.push(['since', (bind) => `created_at >= $${bind(since)}`])
  if (until !== null) asked.push(['until', (bind) => `created_at < $${bind(until)}`])
  const { overSince } = range
  if (overSince !== null) asked.push(['over', (bind) => `finished_at <= $${bind(overSince)}`])
  for (const { key, values } of query.metadata) asked.push([`metadata.${key}`, db.find.metadataHas(key, values)])
  for (const { path, values } of query.input) asked.push(['input', db.find.inputHas(path, values)])
  if (query.errors !== null) asked.push(['errors', errorHas(db, query.errors)])
  return asked
}

const errorHas =
  (db: SqlDatabase, texts: readonly string[]): Condition =>
  (bind) => {
    const { contains } = db.find
    const anywhere = texts.map((text) => {
      // Most errors are told apart by their JSON as it is written, without taking it to pieces.
      const written = contains('cast(error as text)', bind(JSON.stringify(lowerCase(text)).slice(1, -1)))
      const n = bind(lowerCase(text))
      const parts = ['message', 'name', 'code'].map((name) => contains(`error ->> '${name}'`, n))
      return `(${written} and (${parts.join(' or ')}))`
    })
    return `(${anywhere.join(' or ')})`
  }

/** A–Z only, as databases do it whatever their locale. */
const lowerCase = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())

// Codes come from our own table of states, so they may stand in the text; a partial index is only used that way.
const codes = (list: readonly State[]): string => codesOf(list).join(', ')
