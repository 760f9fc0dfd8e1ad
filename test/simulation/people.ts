/** What people ask of jobs that are stored: which, when, how many of them at once; and what they are told of it. */
import { mayEdit } from '../../src/job/edits.ts'
import { isRotaError } from '../../src/job/errors.ts'
import { follow } from './calls.ts'
import type { Engine } from './engine.ts'
import type { Entry, Wished } from './ledger.ts'
import type { Random } from './random.ts'
import type { World } from './world.ts'

/** Each is a method of `rota.jobs`. */
export type Verb = 'cancel' | 'retry' | 'reschedule' | 'run' | 'delete'

/** A job that is there when it is looked for, or was. */
export interface Aim {
  /** Of what kind of job; where there is none, of any. */
  readonly of: 'running' | 'waiting' | 'over' | 'gone'
  /** Which of them, as a share of the list. */
  readonly aim: number
}

export interface EditPlan extends Aim {
  readonly at: number
  /** What is asked at the same time, and by whose engine. */
  readonly wishes: readonly { readonly engine: number; readonly verb: Verb; readonly to: number }[]
}

const likely: Readonly<Record<EditPlan['of'], Readonly<Record<Verb, number>>>> = {
  running: { cancel: 8, retry: 1, reschedule: 1, run: 1, delete: 1 },
  waiting: { cancel: 2, retry: 1, reschedule: 3, run: 2, delete: 1 },
  over: { cancel: 1, retry: 8, reschedule: 1, run: 1, delete: 2 },
  gone: { cancel: 1, retry: 1, reschedule: 1, run: 1, delete: 1 },
}

const refusals = ['job_not_found', 'job_state', 'job_needed'] as const

const nobody = '00000000-0000-7000-8000-000000000000'

export function editPlans(random: Random, until: number, engines: number): EditPlan[] {
  const many = random.chance(0.2) ? 0 : random.int(1, 20)
  // Some come when the weather is calm, because only then it can be said how long they may take.
  const late = random.chance(0.5) ? 0 : random.int(1, 12)
  return Array.from({ length: many + late }, (_, i) => {
    const of = random.weighted({ running: 10, waiting: 4, over: 6, gone: 1 })
    const wishes = Array.from({ length: random.chance(0.7) ? 1 : random.int(2, 3) }, () => ({
      engine: random.int(0, engines - 1),
      verb: random.weighted(likely[of]),
      to: random.int(-2_000, 6_000),
    }))
    const at = i < many ? random.next() * until : until + random.next() * 6_000
    return { at, of, aim: random.next(), wishes }
  })
}

export function makeEdits(world: World, plan: EditPlan): void {
  const id = aimed(world, plan)
  if (id === null) return
  for (const { engine: slot, verb, to } of plan.wishes) {
    const engine = world.slots[slot]
    if (!engine || engine.pausedUntil > world.schedule.now) continue
    world.trace.note(`${engine.name} asks to ${verb} ${id}`)
    world.ledger.ask(engine, kindOf(verb), id)
    const asked = ask(world, engine, id, verb, to).catch((error) => {
      const told = refusals.find((code) => isRotaError(error, code))
      if (told === undefined) throw error // the storage could not be reached: it may be done or not
      return told
    })
    follow(world, engine, asked, (told) => heard(world, engine, id, verb, told))
  }
}

export function aimed({ ledger }: World, { of, aim }: Aim): string | null {
  const among = <T>(list: readonly T[]): T | undefined => list[Math.floor(aim * list.length)]
  if (of === 'gone') return among([nobody, ...ledger.deleted]) as string
  const entries = [...ledger.entries.values()]
  const classOf = ({ state }: Entry) => (state === 'running' || state === 'waiting' ? state : 'over')
  return (among(entries.filter((entry) => classOf(entry) === of)) ?? among(entries))?.id ?? null
}

async function ask(world: World, { rota }: Engine, id: string, verb: Verb, to: number): Promise<string> {
  if (verb !== 'reschedule') return (await rota.jobs[verb](id)).status
  const at = new Date(world.base + world.schedule.now + to)
  return (await rota.jobs.reschedule(id, to % 2 === 0 && to > 0 ? { in: to } : { at })).status
}

/** What is told was done, by one call of this engine that nobody else was told of. */
function heard({ ledger }: World, engine: Engine, id: string, verb: Verb, told: string): void {
  const kind = kindOf(verb)
  const done = ledger.wishes.find(
    (one) => one.engine === engine && one.id === id && one.kind === kind && !one.told && answerTo(verb, one) === told,
  )
  ledger.check(done !== undefined, 'I17 edit', () => `${engine.name} heard ${told} of the wish to ${verb} ${id}`)
  if (done === undefined) return
  done.told = true
  ledger.count(told.startsWith('job_') ? `${told} heard` : `${verb} heard`)
}

/** What it is to the storage. */
const kindOf = (verb: Verb): Wished['kind'] => (verb === 'run' ? 'reschedule' : verb)

function answerTo(verb: Verb, { kind, from, linked }: Wished): string {
  if (from === null) return 'job_not_found'
  if (!mayEdit(kind, from)) return verb === 'cancel' && from === 'cancelled' ? 'cancelled' : 'job_state'
  if (verb === 'cancel') return from === 'running' ? 'cancelling' : 'cancelled'
  if (linked !== undefined) return linked === 'needed' ? 'job_needed' : 'blocked'
  return { retry: 'ready', run: 'ready', reschedule: 'rescheduled', delete: 'deleted' }[verb]
}
