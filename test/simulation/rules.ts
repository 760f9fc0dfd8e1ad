/** One rule for each verb of the storage: what its answer must be, given all that was executed before. */
import type { HeldJob, JobRecord, WorkerBeat } from '../../src/storage/contract.ts'
import { compare } from './compare.ts'
import type { Executed, Ledger } from './ledger.ts'
import { insert } from './rules-insert.ts'
import { edges, flows, list, purge } from './rules-look.ts'
import { edit, notes, pauseLane, promote, setAside, signals } from './rules-people.ts'
import { deleteSchedules, dueSchedules, fire, saveSchedules, schedules, skips } from './rules-schedules.ts'
import { apply, claim } from './rules-work.ts'

export type Rule = (ledger: Ledger, call: Executed) => void

export const rules: Readonly<Record<string, Rule>> = {
  claim,
  apply,
  edit,
  signals,
  promote,
  setAside,
  pauseLane,

  schedules,
  saveSchedules,
  deleteSchedules,
  dueSchedules,
  fire,
  skips,

  insert,
  purge,
  flows,
  edges,

  note(ledger, { args: [worker, told] }) {
    notes(ledger, worker as string, told as Parameters<typeof notes>[2])
  },

  heartbeat(ledger, { args, answer, engine }) {
    const [{ id, lease, lanes, jobs, schedules }] = args as [WorkerBeat]
    const may = !ledger.leases.has(id) || ledger.alive(id)
    ledger.check(answer === may, 'I2 lease', () => `${id} ${answer ? 'renewed a lease that ran out' : 'was refused'}`)
    if (!answer) return
    const owner = ledger.leases.get(id)?.engine ?? engine
    if (owner !== null) owner.worker = id
    const until = ledger.now + lease
    const since = ledger.leases.get(id)?.since ?? ledger.now
    ledger.leases.set(id, { since, until, engine: owner, lanes: lanes.map(({ name }) => name), jobs, schedules })
  },

  leave(ledger, { args }) {
    const lease = ledger.leases.get(args[0] as string)
    if (lease !== undefined) lease.until = Math.min(lease.until, ledger.now - 1)
  },

  sweep(ledger, { answer }) {
    for (const job of answer as readonly HeldJob[]) {
      ledger.check(!ledger.alive(job.worker), 'I2 lease', () => `${job.id} was swept and ${job.worker} is alive`)
      const entry = ledger.entries.get(job.id)
      ledger.check(entry?.onLapse === job.onLapse, 'I3 record', () => `${job.id} is swept as onLapse ${job.onLapse}`)
    }
  },

  held(ledger, { args, answer }) {
    const ids = (list: readonly { id: string }[]) =>
      list
        .map(({ id }) => id)
        .sort()
        .join()
    const known = ledger.running(args[0] as string)
    ledger.check(ids(answer as readonly HeldJob[]) === ids(known), 'I3 record', () => `${args[0]} holds other jobs`)
  },

  get(ledger, { answer }) {
    for (const record of answer as readonly JobRecord[]) compare(ledger, record)
  },

  list,

  /** Asked by the simulation from the beginning. */
  logs(ledger, { args, answer }) {
    const id = args[0] as string
    const lines = ledger.entries.get(id)?.lines ?? []
    const known = lines.toSorted((a, b) => a.fence - b.fence || a.seq - b.seq).map((line) => JSON.stringify(line, keys))
    const stored = (answer as readonly object[]).map((line) => JSON.stringify(line, keys))
    const wrong = stored.find((line, i) => line !== known[i]) ?? known[stored.length]
    ledger.check(wrong === undefined, 'I13 notes', () => `${id} has ${stored.length} of ${known.length}: ${wrong}`)
  },
}

const keys = ['fence', 'seq', 'attempt', 'at', 'level', 'message', 'data']
