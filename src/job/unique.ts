/**
 * Unique jobs: what one call means where an earlier job has the same key. The rule is here, once; a storage finds the
 * earlier job and does what the rule says.
 */
import type { Duration } from './duration.ts'
import { RotaError, show } from './errors.ts'
import * as check from './options.ts'
import { allStates, isFinalState, type State } from './states.ts'

/** What happens to a call whose key belongs to an earlier job. */
export const onConflicts = Object.freeze(['keep', 'replace', 'reschedule'] as const)
/** `'keep'`, `'replace'` or `'reschedule'`: what happens to the earlier job. */
export type OnConflict = (typeof onConflicts)[number]

/** States of a job that is not over. */
export type LiveState = 'blocked' | 'scheduled' | 'ready' | 'running'
const liveStates = allStates.filter((state): state is LiveState => !isFinalState(state))
const waitingStates = liveStates.filter((state) => state !== 'running')

/** A function of the input, a path such as `'input.user.id'`, or (at enqueue only) any other text as it is. */
export type UniqueKey<Input> = string | { of(input: Input): string }['of']

/** When two calls mean the same, and what a later one does to the earlier job. */
export interface Unique<Input = never> {
  /** What has to be equal; 1 to 500 characters, within one job id. @default the whole input */
  readonly key?: UniqueKey<Input>
  /** The job also counts for so long after it was enqueued, even when it is over. At least 1 ms. @default only while it is in one of the states `while` */
  readonly within?: Duration
  /** States in which an earlier job counts; `[]` leaves only `within`. @default those of a job that is not over; without 'running' for replace and reschedule */
  readonly while?: readonly LiveState[]
  /**
   * `'keep'`: nothing is stored. `'replace'`: the earlier job, where it still waits, takes the new input and options, and
   * the new due time where one is given. `'reschedule'`: it takes the new due time only. @default 'keep'
   */
  readonly onConflict?: OnConflict
}

/** `unique` of a definition or a call, checked. */
export interface UniqueOptions {
  readonly key: UniqueKey<never> | null
  readonly within: number
  readonly while: readonly LiveState[]
  readonly onConflict: OnConflict
}

/** As it is stored with one job: the key is known. */
export interface UniqueRule extends Omit<UniqueOptions, 'key'> {
  readonly key: string
  /** The call named a due time. */
  readonly due: boolean
}

const pathPattern = /^input(\.[A-Za-z_$][\w$]*|\[\d+\])*$/
export const longestKey = 500

/** @param literal a text that is no path is the key itself */
export const uniqueOptions =
  (literal: boolean): check.Check<UniqueOptions | null> =>
  (value, field) => {
    if (value === null) return null
    if (typeof value !== 'object' || Array.isArray(value))
      invalid(field, `${show(value)} is not allowed. Use { key, within, while, onConflict }, or null for none.`)
    const own = check.checkOptions(field, value, {
      key: (key: unknown) => keyOption(key, `${field}.key`, literal),
      within: (within: unknown) => check.duration(1)(within, `${field}.within`),
      while: (states: unknown) => statesOption(states, `${field}.while`),
      onConflict: (what: unknown) => check.oneOf(onConflicts)(what, `${field}.onConflict`),
    })
    const { key = null, within = 0, onConflict = 'keep' } = own
    const counted = own.while ?? (onConflict === 'keep' ? liveStates : waitingStates)
    if (counted.length === 0 && within === 0)
      invalid(`${field}.while`, 'no state is left in which an earlier job counts. Add a state, or `within`.')
    return { key, within, while: counted, onConflict }
  }

function keyOption(key: unknown, field: string, literal: boolean): UniqueKey<never> {
  if (typeof key === 'function') return key as UniqueKey<never>
  const text = check.text(longestKey)(key, field)
  if (literal || pathPattern.test(text)) return text
  invalid(field, `${show(text)} is neither a function of the input nor a path such as 'input.user.id'.`)
}

function statesOption(value: unknown, field: string): readonly LiveState[] {
  if (!Array.isArray(value)) invalid(field, `${show(value)} is not a list of states, such as ['scheduled', 'ready'].`)
  for (const state of value)
    if (allStates.includes(state as State) && isFinalState(state as State))
      invalid(field, `a job that is ${state} is over. It counts for as long as \`within\` says.`)
  return value.map((state, i) => check.oneOf(liveStates)(state, `${field}[${i}]`))
}

/**
 * The key of one input.
 *
 * @param whole stands for the whole input
 * @throws RotaError `option_invalid`
 */
export function uniqueKey(key: UniqueKey<never> | null, input: unknown, whole: () => string): string {
  if (key === null || key === 'input') return whole()
  if (typeof key === 'function')
    return check.text(longestKey)((key as (input: unknown) => unknown)(input), 'unique.key')
  if (!pathPattern.test(key)) return key
  const found = at(input, key)
  if (['string', 'number', 'boolean'].includes(typeof found)) return check.text(longestKey)(String(found), key)
  invalid('unique.key', `${key} is ${show(found)}. A key is a text, a number or a boolean; use a function for others.`)
}

function at(input: unknown, path: string): unknown {
  let value = input
  for (const [, name, index] of path.matchAll(/\.([\w$]+)|\[(\d+)\]/g)) {
    const step = (name ?? index) as string
    value =
      typeof value === 'object' && value !== null && Object.hasOwn(value, step) ? Reflect.get(value, step) : undefined
  }
  return value
}

/** The earlier job with the same key, as its storage finds it. */
export interface Earlier {
  /** Null when it is over, or gone. */
  readonly state: State | null
  /** The window of the call that stored it is not over. */
  readonly open: boolean
}

/** What a call means beside an earlier job with the same key. Nothing can be changed about a job that does not wait any more. */
export function verdict(
  { while: states, onConflict }: UniqueRule,
  { state, open }: Earlier,
): 'create' | 'duplicate' | 'replaced' | 'rescheduled' {
  const counts = open || (state !== null && (states as readonly State[]).includes(state))
  if (!counts) return 'create'
  if (onConflict === 'keep' || !(waitingStates as readonly (State | null)[]).includes(state)) return 'duplicate'
  return onConflict === 'replace' ? 'replaced' : 'rescheduled'
}

function invalid(field: string, why: string): never {
  throw new RotaError('option_invalid', `${field}: ${why}`, { field })
}
