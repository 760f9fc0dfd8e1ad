/** The rules for what the storage tells when it is asked, and for what it removes by itself. */
import type { EdgeRecord, FlowQuery, FlowRecord, JobPage, ListQuery } from '../../src/storage/contract.ts'
import { compare } from './compare.ts'
import type { Executed, Ledger } from './ledger.ts'
import { follow, stateOf } from './links.ts'

/** Everything that fits is told. People ask for the jobs of a flow or a schedule, and for those that are over for long enough. */
export function list(ledger: Ledger, { args, answer, engine }: Executed): void {
  const [{ flows, schedules, states, overFor, limit }] = args as [ListQuery]
  const { jobs } = answer as JobPage
  for (const record of jobs) compare(ledger, record)
  const told = new Set(jobs.map(({ id }) => id))
  const fits = [...ledger.entries.values()].filter(
    (entry) =>
      (flows?.includes(entry.flow ?? '') ?? true) &&
      (schedules?.includes(entry.schedule?.id ?? '') ?? true) &&
      (states?.includes(stateOf(entry)) ?? true) &&
      (overFor === null || (entry.finishedAt !== null && entry.finishedAt <= ledger.now - overFor)),
  )
  const missing = fits.find(({ id }) => !told.has(id))
  ledger.check(missing === undefined || jobs.length === limit, 'I1 lost', () => `${missing?.id} is not stored`)
  ledger.check(jobs.length === Math.min(limit, fits.length), 'I1 lost', () => `${jobs.length} of ${fits.length} jobs`)
  if (engine === null || schedules !== null) return
  // What people ask of a flow, or of what is over, they ask of these.
  const kind = overFor !== null ? 'purge' : states === null ? 'cancel' : 'retry'
  for (const { id } of jobs) ledger.ask(engine, kind, id)
}

/** In the simulation there is never more than the limit. */
export function purge(ledger: Ledger): void {
  const { now } = ledger
  const old = [...ledger.entries.values()].filter(({ state, finishedAt, keep }) => {
    const kept = state === 'succeeded' ? keep.succeeded || keep.failed : keep.failed
    return finishedAt !== null && finishedAt + kept <= now
  })
  const links = old.flatMap(({ id }) => ledger.links.ofParent(id))
  for (const { id } of old) {
    ledger.remove(id)
    ledger.links.remove(id)
    ledger.count('purgedByTime')
  }
  const children = [...new Set(links.filter(({ open }) => open).map(({ child }) => child))]
  const stranded = children.flatMap((id) => ledger.entries.get(id) ?? []).filter(({ blocked }) => blocked)
  for (const entry of stranded) {
    ledger.end(entry, 'cancelled', 'parent_gone')
    ledger.count('parentGone')
  }
  follow(ledger, stranded)
}

/** A flow is known as long as one of its jobs is, and its jobs are counted. */
export function flows(ledger: Ledger, { args, answer }: Executed): void {
  const [{ ids }] = args as [FlowQuery]
  const told = answer as readonly FlowRecord[]
  for (const id of ids ?? []) {
    const own = [...ledger.entries.values()].filter(({ flow }) => flow === id)
    const record = told.find((one) => one.id === id)
    ledger.check(
      record !== undefined || own.length === 0,
      'I6 flow',
      () => `flow ${id} is gone, and has ${own.length} jobs`,
    )
    for (const [state, count] of Object.entries(record?.jobs ?? {})) {
      const known = own.filter((entry) => stateOf(entry) === state).length
      ledger.check(count === known, 'I6 flow', () => `flow ${id} has ${count} ${state}, not ${known}`)
    }
  }
}

/** Asked by the simulation for all jobs. An edge whose parent left nothing may be there as long as its child is. */
export function edges(ledger: Ledger, { answer, engine }: Executed): void {
  if (engine !== null) return
  const line = ({ parent, child, onFail, open }: EdgeRecord) => `${parent} → ${child} ${onFail} ${open}`
  // A closed edge of a parent that is gone means nothing any more.
  const means = (edge: EdgeRecord) => edge.open || ledger.entries.has(edge.parent)
  const known = new Set(ledger.links.all.filter(means).map(line))
  const told = new Set((answer as readonly EdgeRecord[]).filter(means).map(line))
  const wrong = [...told].find((one) => !known.has(one)) ?? [...known].find((one) => !told.has(one))
  ledger.check(wrong === undefined, 'I6 edges', () => `an edge is stored or missing: ${wrong}`)
}
