/** The rules for what people ask of jobs, what handlers tell, and what time alone does. */
import type { Edit } from '../../src/job/edits.ts'
import { type State, suspectAfter } from '../../src/job/states.ts'
import type { Edited, Note, Promotion, Signal } from '../../src/storage/contract.ts'
import type { Engine } from './engine.ts'
import type { Entry, Executed, Ledger } from './ledger.ts'
import { checkFollowed, follow, stateOf } from './links.ts'

/** Said once more, so that an error in the table of the library is found: what is over comes back by a retry only. */
const open: readonly State[] = ['blocked', 'scheduled', 'ready', 'running']
const may: Readonly<Record<Edit['kind'], (from: State) => boolean>> = {
  cancel: (from) => open.includes(from),
  retry: (from) => !open.includes(from),
  reschedule: (from) => from === 'scheduled' || from === 'ready',
  update: (from) => open.includes(from) && from !== 'running',
  delete: (from) => from !== 'running',
  purge: (from) => !open.includes(from),
}

export function edit(ledger: Ledger, { args, answer, engine, again }: Executed): void {
  const [ids, wish] = args as [readonly string[], Edit]
  const allowed = ids.flatMap((id) => ledger.entries.get(id) ?? []).filter((entry) => may[wish.kind](stateOf(entry)))
  const linked = linkedOf(ledger, allowed, wish)
  for (const [i, told] of (answer as readonly Edited[]).entries()) {
    const { id, from } = told
    const entry = ledger.entries.get(id)
    const known = entry === undefined ? null : stateOf(entry)
    ledger.check(id === ids[i] && from === known, 'I17 edit', () => `${wish.kind} found ${id} ${from}; it is ${known}`)
    const how = linked.get(id)
    ledger.check(told.linked === how, 'I6 edit', () => `${wish.kind} told that ${id} is ${told.linked}; it is ${how}`)
    if (!again && engine !== null) once(ledger, engine, wish.kind, id)
    ledger.wishes.push({ engine, id, kind: wish.kind, from, linked: told.linked, told: false })
    if (entry === undefined || !allowed.includes(entry)) ledger.count('editRefused')
    else ledger.count(how ?? (wish.kind === 'cancel' && entry.state === 'running' ? 'cancelRunning' : wish.kind))
  }
  carryOut(
    ledger,
    allowed.filter(({ id }) => linked.get(id) !== 'needed'),
    wish,
  )
}

/** What is still waited for by others than those that go with it stays; what is retried waits for its parents. */
function linkedOf(ledger: Ledger, allowed: readonly Entry[], { kind }: Edit): Map<string, Edited['linked']> {
  const together = new Set(allowed.map(({ id }) => id))
  const live = (id: string) => ledger.entries.get(id)?.finishedAt === null
  const needed = (id: string) => ledger.links.ofParent(id).some(({ child }) => live(child) && !together.has(child))
  return new Map(
    allowed.flatMap(({ id }): [string, Edited['linked']][] => {
      if (kind === 'retry') return ledger.links.waits(id) ? [[id, 'blocked']] : []
      return (kind === 'delete' || kind === 'purge') && needed(id) ? [[id, 'needed']] : []
    }),
  )
}

/** A wish is brought to the storage once, though nobody may hear of it. */
function once(ledger: Ledger, engine: Engine, kind: Edit['kind'], id: string): void {
  const key = `${engine.name} ${kind} ${id}`
  const left = (ledger.asked.get(key) ?? 0) - 1
  ledger.asked.set(key, left)
  ledger.check(left >= 0, 'I17 edit', () => `${key} was done more often than asked for`)
}

/** All at once: the end of one is not the reason for that of another. */
export function cancelAll(ledger: Ledger, entries: readonly Entry[], reason: string): void {
  const waiting = entries.filter(({ state }) => state !== 'running')
  for (const entry of entries) {
    if (entry.state === 'running') entry.asked ??= reason
    else ledger.end(entry, 'cancelled', reason)
  }
  follow(ledger, waiting)
}

function carryOut(ledger: Ledger, entries: readonly Entry[], wish: Edit): void {
  const { now } = ledger
  switch (wish.kind) {
    case 'cancel':
      return cancelAll(ledger, entries, wish.reason)
    case 'retry':
      for (const entry of entries) {
        const anew = { attempt: 0, lapses: 0, lapsed: false, worker: null, finishedAt: null, reason: null }
        const blocked = ledger.links.waits(entry.id)
        const due = { blocked, ready: !blocked, dueAt: now, expiresAt: null }
        Object.assign(entry, { ...anew, ...due, state: 'waiting', retried: true, progress: null })
      }
      return
    case 'reschedule':
      for (const entry of entries) {
        entry.dueAt = wish.at ?? now + wish.delay
        entry.ready = entry.dueAt <= now
        entry.aside = false
      }
      return
    case 'delete':
    case 'purge':
      for (const { id } of entries) {
        ledger.remove(id)
        ledger.links.remove(id)
        for (const [name, owner] of ledger.keys)
          if (owner.id === id && name.startsWith('["unique"')) ledger.keys.delete(name)
      }
  }
}

/** A worker hears of exactly those of its present starts whose end was asked for. */
export function signals(ledger: Ledger, { args: [worker], answer }: Executed): void {
  const cancel = (id: string, fence: number, reason: string) => `${id} #${fence} ${reason}`
  const pause = (lane: string) => `pause ${lane}`
  const known = ledger
    .running(worker as string)
    .flatMap(({ id, fence, asked }) => (asked === null ? [] : cancel(id, fence, asked)))
    .concat([...ledger.paused.keys()].map(pause))
  const told = (answer as readonly Signal[]).map((one) => {
    if (one.kind === 'cancel') return cancel(one.id, one.fence, one.reason)
    return one.kind === 'pause' ? pause(one.lane) : 'drain' // nobody drains here
  })
  if (told.length > ledger.paused.size) ledger.count('signalled')
  const same = told.toSorted().join() === known.toSorted().join()
  ledger.check(same, 'I15 signals', () => `${worker} is told [${told}] and was asked [${known}]`)
}

/** A lane is paused since the first wish, and as long as nobody lets it go on. */
export function pauseLane(ledger: Ledger, { args, answer }: Executed): void {
  const [lane, reason] = args as [string, string | null]
  const before = ledger.paused.get(lane) ?? null
  ledger.check(answer === (before !== reason), 'I19 pause', () => `${lane} was ${before}, and is ${reason}: ${answer}`)
  if (before !== reason) ledger.count(reason === null ? 'resumed' : 'paused')
  if (reason === null) ledger.paused.delete(lane)
  else ledger.paused.set(lane, reason)
}

/** Lines and progress count only from whom the job is in the hands of; a line that is there stays as it is. */
export function notes(ledger: Ledger, worker: string, told: readonly Note[]): void {
  for (const { id, fence, progress, logs } of told) {
    const entry = ledger.entries.get(id)
    if (entry?.state !== 'running' || entry.fence !== fence || entry.worker !== worker) {
      ledger.count('notesDropped')
      continue
    }
    ledger.count('notes')
    if (progress !== null) entry.progress = progress
    const said = ledger.startOf({ id, fence })?.told.map(({ text }) => text) ?? []
    for (const { ago, ...line } of logs) {
      const { attempt } = entry
      const known = said[line.seq] === line.message
      ledger.check(known, 'I13 notes', () => `${id} #${fence}: ${line.message} is line ${line.seq} of [${said}]`)
      if (entry.lines.some((one) => one.fence === fence && one.seq === line.seq)) continue
      entry.lines.push({ ...line, fence, attempt, at: ledger.now - ago })
    }
  }
}

/** In the simulation there is never more than the limit, so all that is due is done. */
export function promote(ledger: Ledger, { answer }: Executed): void {
  const { promoted, expired, followed, nextDueIn, nextFireIn } = answer as Promotion
  const { now } = ledger
  const waiting = () => [...ledger.entries.values()].filter(({ state }) => state === 'waiting')
  const late = waiting().filter(({ expiresAt }) => expiresAt !== null && expiresAt <= now)
  const ids = (list: readonly { id: string }[]) => list.map(({ id }) => id).toSorted()
  const same = ids(late).join() === ids(expired).join()
  ledger.check(same, 'I14 expiry', () => `[${ids(expired)}] expired, and not [${ids(late)}]`)
  for (const entry of late) ledger.end(entry, 'expired', null)
  checkFollowed(ledger, followed, follow(ledger, late))
  const due = waiting().filter(({ blocked, ready, dueAt }) => !blocked && !ready && dueAt <= now)
  ledger.check(due.length === promoted, 'I4 due', () => `${promoted} became ready, not [${ids(due)}]`)
  for (const entry of due) entry.ready = true
  const instants = waiting().flatMap(({ blocked, ready, dueAt, expiresAt }) =>
    [blocked || ready ? [] : dueAt, expiresAt ?? []].flat(),
  )
  const next = instants.length === 0 ? null : Math.min(...instants) - now
  ledger.check(nextDueIn === next, 'I4 due', () => `the next is due in ${next}, and ${nextDueIn} was told`)
  const slots = [...ledger.schedules.values()].flatMap(({ record }) => record.nextAt ?? [])
  const slot = slots.length === 0 ? null : Math.max(0, Math.min(...slots) - now)
  ledger.check(nextFireIn === slot, 'I4 due', () => `the next slot is due in ${slot}, and ${nextFireIn} was told`)
}

/** Aside is what its lane is served for and nobody there knows. What lapsed stays, because few can be of that kind. */
export function setAside(ledger: Ledger, { answer }: Executed): void {
  const told = answer as { aside: number; back: number }
  const ready = [...ledger.entries.values()].filter((entry) => entry.ready && entry.lapses < suspectAfter)
  const knows = ({ lane, job }: Entry) => ledger.serving(lane).some(({ jobs }) => jobs.includes(job))
  const aside = ready.filter((entry) => !entry.aside && ledger.serving(entry.lane).length > 0 && !knows(entry))
  const back = ready.filter((entry) => entry.aside && knows(entry))
  for (const [list, to] of [
    [aside, true],
    [back, false],
  ] as const) {
    for (const entry of list) {
      entry.aside = to
      ledger.count(to ? 'aside' : 'back')
    }
  }
  const same = told.aside === aside.length && told.back === back.length
  const ids = (list: readonly Entry[]) => list.map(({ id }) => id)
  ledger.check(
    same,
    'I18 aside',
    () => `${told.aside} went aside, not [${ids(aside)}]; ${told.back} back, not [${ids(back)}]`,
  )
}
