/** What one worker counts, in virtual time: minutes, writes that fail, and the bounds. */
import { expect, test } from 'vitest'
import { readTally, type Tally } from '../../src/engine/counters.ts'
import { Counting } from '../../src/engine/counting.ts'
import { ownLane } from '../../src/engine/own-lane.ts'
import { type Runtime, systemRuntime } from '../../src/engine/runtime.ts'
import type { Settled } from '../../src/engine/settle.ts'
import type { CounterRow } from '../../src/storage/contract.ts'
import { arrayStorage } from '../cost/array-storage.ts'

const minute = 60_000
/** When the worker begins, by the clock of the database. */
const began = 1_800_000_000_000

function setting() {
  let elapsed = 5_000
  let timers: { at: number; work: () => void }[] = []
  const runtime: Runtime = {
    ...systemRuntime(),
    elapsed: () => elapsed,
    after: (ms, work) => {
      const timer = { at: elapsed + ms, work }
      timers.push(timer)
      const cancel = () => {
        timers = timers.filter((one) => one !== timer)
      }
      return { cancel }
    },
  }
  const pass = async (ms: number) => {
    elapsed += ms
    const due = timers.filter(({ at }) => at <= elapsed)
    timers = timers.filter(({ at }) => at > elapsed)
    for (const { work } of due) work()
    await new Promise((resolve) => setImmediate(resolve))
  }
  const rows = new Map<string, CounterRow>()
  const troubles: unknown[] = []
  const state = { worker: 'one', writes: 0, away: false }
  const count = async (some: readonly CounterRow[]) => {
    state.writes++
    if (state.away) throw new Error('away')
    for (const row of some) rows.set(`${row.at} ${row.worker}`, row)
  }
  const counting = new Counting({
    storage: { ...arrayStorage(), count },
    runtime,
    worker: () => state.worker,
    onTrouble: (error) => troubles.push(error),
  })
  counting.hear(began)
  const told = (): [at: number, worker: string, succeeded: number][] =>
    [...rows.values()].map(({ at, worker, data }) => [(at - began) / minute, worker, succeededOf(readTally(data))])
  return { counting, pass, told, rows, troubles, state, timers: () => timers.length }
}

const succeededOf = (tally: Tally | null): number =>
  [...(tally?.lanes.values() ?? [])].flatMap((jobs) => [...jobs.values()]).reduce((sum, one) => sum + one.succeeded, 0)

const settled = (lane = 'default', job = 'send'): Settled => ({
  job: {
    ...{ id: '', fence: 1, attempt: 1, maxAttempts: 1, lapses: 0, onLapse: 'retry', forgets: false, job, lane },
    ...{ priority: 2, timeout: 1, onTimeout: 'fail', dueAt: 0, createdAt: 0, claimedAt: 7, flow: null, schedule: null },
    ...{ input: null, metadata: null },
  } as Settled['job'],
  change: { id: '', fence: 1, to: 'succeeded', reason: null, error: null, output: null },
  note: null,
  took: 3,
})

test('what is counted is written after ten seconds, each minute for itself, and nothing where nothing is new', async () => {
  const { counting, pass, told, state, timers } = setting()
  counting.count(settled(), 'succeeded')
  await pass(9_999)
  expect(state.writes).toBe(0)
  counting.count(settled(), 'succeeded')
  await pass(1)
  expect(told()).toEqual([[0, 'one', 2]])
  expect(timers()).toBe(0)
  await pass(minute)
  expect(state.writes).toBe(1)
  counting.count(settled(), 'succeeded')
  await pass(10_000)
  counting.count(settled(), 'succeeded')
  await counting.stop()
  expect(told()).toEqual([
    [0, 'one', 2],
    [1, 'one', 2],
  ])
  expect(timers()).toBe(0)
})

test('what could not be written is written with the next, of an hour at the most', async () => {
  const { counting, pass, told, state, troubles } = setting()
  state.away = true
  for (let i = 0; i < 90; i++) {
    counting.count(settled(), 'succeeded')
    await pass(minute)
  }
  expect(troubles).toHaveLength(90)
  state.away = false
  counting.count(settled(), 'succeeded')
  await pass(10_000)
  expect(told()).toEqual(Array.from({ length: 61 }, (_, i) => [30 + i, 'one', 1]))
  await counting.stop()
  expect(told()).toHaveLength(61)
})

test('a worker with another id has rows of its own', async () => {
  const { counting, pass, told, state } = setting()
  counting.count(settled(), 'succeeded')
  state.worker = 'two'
  counting.seal()
  counting.count(settled(), 'succeeded')
  await pass(10_000)
  expect(told()).toEqual([
    [0, 'one', 1],
    [0, 'two', 1],
  ])
})

test('a clock that goes back a little begins no minute anew, one that goes back an hour does', async () => {
  const { counting, pass, told } = setting()
  await pass(minute)
  counting.count(settled(), 'succeeded')
  counting.hear(began + minute - 500) // its answer took a while
  await pass(minute)
  counting.count(settled(), 'succeeded')
  await pass(10_000)
  counting.hear(began - 60 * minute)
  await pass(minute)
  counting.count(settled(), 'succeeded')
  await counting.stop()
  expect(told().map(([at]) => at)).toEqual([1, 2, -59])
})

test('of thousands of jobs two hundred are told apart, and the own lanes of workers are one', async () => {
  const { counting, rows } = setting()
  for (let i = 0; i < 1_000; i++)
    counting.count(settled(i % 2 === 0 ? 'a' : ownLane(systemRuntime().id()), `job-${i}`), 'succeeded')
  await counting.stop()
  const tally = readTally([...rows.values()][0]?.data ?? '')
  expect(succeededOf(tally)).toBe(1_000)
  expect([...(tally?.lanes.keys() ?? [])].sort()).toEqual(['@', 'a'])
  expect([...(tally?.lanes.values() ?? [])].map((jobs) => jobs.size)).toEqual([101, 101])
  expect(tally?.lanes.get('a')?.get('')?.succeeded).toBe(400)
})

test('nothing is counted before the time is known, nor what was only given back', async () => {
  const { counting, rows, state } = setting()
  const early = new Counting({
    storage: arrayStorage(),
    runtime: systemRuntime(),
    worker: () => '',
    onTrouble: () => {},
  })
  early.count(settled(), 'succeeded')
  early.countLapse('send', 'ready')
  early.sample(new Map())
  await early.stop()
  const { job, took } = settled()
  const back = { id: '', fence: 1, to: 'ready', delay: 0, attempt: 0, lapses: 0, reason: null, error: null } as const
  counting.count({ job, took, change: back }, 'ready')
  await counting.stop()
  expect([rows.size, state.writes]).toEqual([0, 0])
})
