/**
 * Two workers, one of which is killed by SIGKILL again and again, at moments that are as awkward as can be, under a
 * stream of enqueues. At the end each job succeeded, and each run beside the last belongs to a killed process.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { createRota, type Rota } from '../../src/index.ts'
import { until } from '../support/condition.ts'
import { unexplained } from './ledger.ts'
import type { Place } from './places.ts'
import { type Child, Fleet } from './processes.ts'
import { type Report, Violations } from './report.ts'
import { note, type WorkerOptions } from './worker.ts'

/** Live jobs that the enqueuer keeps up, so that both workers always have work. */
const backlog = 600
/** In the middle of fresh work · while it runs what another one left behind · just after it came. */
const moments = ['work', 'rescue', 'work', 'birth'] as const
type Moment = (typeof moments)[number]

export async function kill(place: Place, { kills }: { kills: number }): Promise<Report> {
  await using fleet = new Fleet(place.folder)
  const rota = createRota({ storage: place.url })
  const options: WorkerOptions = { storage: place.url, concurrency: 4, lease: '3s', takes: 10 }
  const spawn = () => fleet.start('worker.ts', options)
  const enqueuer = keepEnqueueing(rota, place)
  const killed = new Map<string, Moment>()
  const workers = [spawn(), spawn()]
  let next = spawn()
  let rescuedBefore = 0
  try {
    await Promise.all(workers.map((worker) => worker.go()))
    for (let i = 0; i < kills; i++) {
      const moment = moments[i % moments.length] as Moment
      let victim: Child
      do victim = await atMoment(moment, workers, rescuedBefore)
      while (await mustLive(victim, place))
      workers.splice(workers.indexOf(victim), 1)
      killed.set(victim.name, moment)
      await victim.kill()
      await next.go()
      workers.push(next)
      rescuedBefore = rescued(workers)
      if (i + 1 < kills) next = spawn()
    }
    const submitted = await enqueuer.stop()
    await until('all jobs are over', async () => (await place.live()) === 0, 120_000)
    const codes = await Promise.all(workers.map((worker) => worker.end()))
    const { finished } = await rota.jobs.stats()

    const violations = new Violations()
    for (const code of codes) violations.equal('exit code of a worker', code, 0)
    violations.equal('succeeded', finished.succeeded, submitted)
    for (const { id, input, reason, lapses } of (await rota.jobs.list({ filter: 'state:failed' })).jobs) {
      violations.add(`job ${JSON.stringify(input)} ${id} failed: ${reason}, ${lapses} lapses`)
    }
    const runs = fleet.runs()
    violations.equal('jobs in the ledgers', new Set(runs.map((run) => run.n)).size, submitted)
    violations.equal('leases lost by living workers', runs.filter((run) => run.lost).length, 0)
    for (const fault of unexplained(runs, new Set(killed.keys()))) violations.add(fault)
    for (const child of fleet.children) if (child.errors) violations.add(`${child.name}: ${child.errors}`)
    const rescuers = [...killed.values()].filter((moment) => moment === 'rescue').length
    const counts = { kills, rescuers, jobs: submitted, 'extra runs': runs.length - submitted }
    return { scenario: 'kill', on: place.name, counts, violations: violations.list() }
  } finally {
    await enqueuer.stop()
    await rota.stop()
  }
}

/**
 * Three lapses end a job as `abandoned`, as promised. Here no job may fail, so nobody is killed while there is a job
 * that lapsed twice. The victim is frozen while we look, so that it cannot take one meanwhile; it stays so to be killed.
 */
async function mustLive(victim: Child, place: Place): Promise<boolean> {
  victim.process.kill('SIGSTOP')
  if ((await place.live('lapses >= 2')) === 0) return false
  victim.process.kill('SIGCONT')
  await until('what lapsed twice is over', async () => (await place.live('lapses >= 2')) === 0, 60_000)
  return true
}

/** How many runs of these workers were of jobs that somebody had before. */
const rescued = (workers: readonly Child[]): number =>
  workers.flatMap((worker) => worker.runs()).filter((run) => run.fence > 1).length

/** Waits for it, and gives the worker that it has come for. */
async function atMoment(wanted: Moment, workers: readonly Child[], rescuedBefore: number): Promise<Child> {
  if (wanted === 'birth') return workers.at(-1) as Child
  const running = (worker: Child) => worker.runs().filter((run) => !run.ended)
  if (wanted === 'rescue') {
    // Also a promise: what a dead worker held is not put off for as long as fresh jobs come.
    const rescues = (worker: Child) => running(worker).some((run) => run.fence > 1)
    await until('one of them runs what another left', () => rescued(workers) > rescuedBefore, 15_000)
    return workers.find(rescues) ?? (workers[0] as Child)
  }
  const [oldest] = workers as [Child]
  await until('it is in the middle of a batch', () => oldest.runs().length > 20 && running(oldest).length > 0)
  await pause(Math.random() * 200)
  return oldest
}

/** Single enqueues and batches in turn, as long as the backlog is not full. */
export function keepEnqueueing(rota: Rota, place: Place): { stop(): Promise<number> } {
  let stopped = false
  let n = 0
  const working = (async () => {
    while (!stopped) {
      if ((await place.live()) > backlog) {
        await pause(20)
        continue
      }
      await rota.enqueueMany(
        note,
        Array.from({ length: 100 }, () => ({ n: n++ })),
      )
      await Promise.all(Array.from({ length: 10 }, () => rota.enqueue(note, { n: n++ })))
    }
    return n
  })()
  working.catch(() => {}) // told by stop
  return {
    stop() {
      stopped = true
      return working
    },
  }
}
