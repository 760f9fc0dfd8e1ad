/**
 * What must happen soon in calm weather: when the trouble is over, or from the beginning of a run without any. Twice a virtual second all that waits for something is looked at; it may wait so
 * long from the look on in which nothing hindered it any more.
 *
 * A wait: not seen → waiting since → over, or too long.
 */
import type { ScheduleRecord } from '../../src/storage/contract.ts'
import type { Engine } from './engine.ts'
import type { Entry } from './ledger.ts'
import type { World } from './world.ts'

interface Wait {
  readonly key: string
  readonly rule: string
  /** Milliseconds. */
  readonly most: number
}

const every = 500
/** Clocks of engines are wrong by 2 %. */
const skew = 1.03
/** The longest pauses of an engine, in milliseconds; leases until it has looked again for code that is gone. */
const pauses = { signals: 500, recording: 2_000, firing: 1_000, yielding: 300, censuses: 12 }

export class Patrol {
  readonly #world: World
  #since = new Map<string, number>()

  constructor(world: World) {
    this.#world = world
  }

  start(): void {
    this.#world.schedule.after(every, null, 'patrol', () => {
      this.#look()
      if (!this.#world.closing) this.start()
    })
  }

  #look(): void {
    const { ledger, schedule } = this.#world
    const before = this.#since
    this.#since = new Map()
    for (const { key, rule, most } of this.#waits()) {
      const since = before.get(key) ?? schedule.now
      this.#since.set(key, since)
      ledger.check(schedule.now - since <= most, rule, () => `${key} waits since ${since}, more than ${most} ms`)
    }
  }

  #waits(): Wait[] {
    const steady = this.#world.engines.filter((engine) => engine.steady)
    const { open, schedules } = this.#world.ledger
    const waits = [...schedules.values()].flatMap(({ record }) => [
      ...this.#due(record, steady),
      ...this.#retired(record, steady),
    ])
    return open
      .flatMap((entry) => [
        ...this.#expiring(entry, steady),
        ...this.#untold(entry, steady),
        ...this.#cancelled(entry, steady),
        ...this.#aside(entry, steady),
      ])
      .concat(waits)
  }

  /** A slot whose time has come, or a pause whose end has. */
  #due({ id, job, nextAt }: ScheduleRecord, steady: readonly Engine[]): Wait[] {
    if (nextAt === null || nextAt > this.#world.ledger.now) return []
    const most = ({ plan }: Engine) => (Math.max(plan.poll, pauses.firing) + pauses.yielding) * skew + this.#slack
    return steady
      .filter(({ plan }) => plan.jobs.includes(job))
      .map((engine) => ({ key: `${id} ${nextAt} for ${engine.name}`, rule: 'I4 fired', most: most(engine) }))
  }

  /** One from the code that no live worker has in its code. */
  #retired({ id, origin, state }: ScheduleRecord, steady: readonly Engine[]): Wait[] {
    const { leases, now } = this.#world.ledger
    const known = [...leases.values()].some(({ until, schedules }) => until > now && schedules.includes(id))
    if (origin !== 'code' || state !== 'active' || known) return []
    const most = ({ plan }: Engine) => pauses.censuses * plan.lease * skew + this.#slack
    return steady.map((engine) => ({ key: `${id} for ${engine.name}`, rule: 'I4 retired', most: most(engine) }))
  }

  /** Some round trips, and every event on the way as late as it may be. */
  get #slack(): number {
    const { latency, wobble } = this.#world.plan
    return 2 * every + 10 * latency + 20 * wobble
  }

  #expiring({ id, state, expiresAt }: Entry, steady: readonly Engine[]): Wait[] {
    if (state !== 'waiting' || expiresAt === null || expiresAt > this.#world.ledger.now) return []
    const most = ({ plan }: Engine) => plan.poll * skew + this.#slack
    return steady.map((engine) => ({ key: `${id} for ${engine.name}`, rule: 'I14 expiry', most: most(engine) }))
  }

  /** A handler whose end was asked for, and whose signal has not fired. */
  #untold({ id, fence, asked, worker }: Entry, steady: readonly Engine[]): Wait[] {
    const running = [...(this.#world.running.get(id) ?? [])].find((one) => one.fence === fence && !one.signal.aborted)
    const engine = steady.find((one) => one.worker === worker && one === running?.engine)
    if (asked === null || engine === undefined) return []
    const most = pauses.signals * skew + this.#slack
    return [{ key: `${id} #${fence} on ${engine.name}`, rule: 'I15 signals', most }]
  }

  #cancelled({ id, fence, state, asked, worker }: Entry, steady: readonly Engine[]): Wait[] {
    if (state !== 'running' || asked === null || steady.length === 0) return []
    const start = this.#world.ledger.startOf({ id, fence })
    const engine = steady.find((one) => one.worker === worker)
    const key = `${id} #${fence}`
    if (engine !== undefined && start?.started === true) {
      const most = (pauses.signals + pauses.recording + engine.plan.cancelGrace) * skew + this.#slack
      return [{ key: `${key} of ${engine.name}`, rule: 'I15 cancel', most }]
    }
    // It lapses, or its claim was never answered: somebody looks for what is held every lease.
    const lease = Math.max(...this.#world.engines.map(({ plan }) => plan.lease))
    return [{ key, rule: 'I15 cancel', most: (2.2 * lease + 15_000) * skew + this.#slack }]
  }

  #aside({ id, aside, lane, job }: Entry, steady: readonly Engine[]): Wait[] {
    if (!aside) return []
    const { leases } = this.#world.ledger
    const knowing = steady.filter(({ worker }) => {
      const lease = leases.get(worker as string)
      return lease?.lanes.includes(lane) === true && lease.jobs.includes(job)
    })
    const most = ({ plan }: Engine) => plan.lease * skew + this.#slack
    return knowing.map((engine) => ({ key: `${id} for ${engine.name}`, rule: 'I18 aside', most: most(engine) }))
  }
}

/** Holds what is stored of the lines of all jobs against what was written. */
export async function checkLogs({ ledger, network }: World): Promise<void> {
  const started = [...ledger.entries.values()].filter(({ fence }) => fence > 0)
  for (const { id } of started) await network.direct('logs', id, null, 10_000)
}
