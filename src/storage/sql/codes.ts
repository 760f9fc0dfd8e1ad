import { type LogLevel, logLevels } from '../../job/log.ts'
import { type OnParentFail, onParentFails } from '../../job/parents.ts'
import type { OnLapse, State } from '../../job/states.ts'
import type { OnTimeout } from '../../job/timeout.ts'

/** States as small numbers in the database. Stored: never change one, only add. */
const codes: Readonly<Record<State, number>> = Object.freeze({
  blocked: 0,
  scheduled: 1,
  ready: 2,
  running: 3,
  succeeded: 4,
  failed: 5,
  cancelled: 6,
  expired: 7,
})

/** A ready job that no live worker knows is kept out of the claim index under a number of its own. */
export const aside = 8

const byCode = new Map<number, State>([
  ...Object.entries(codes).map(([state, code]) => [code, state as State] as const),
  [aside, 'ready'],
])

export const codeOf = (state: State): number => codes[state]

export function stateOf(code: unknown): State {
  const state = byCode.get(Number(code))
  if (state === undefined) throw new Error(`The database holds the unknown state ${code}.`)
  return state
}

/** All numbers under which jobs in these states may be stored. */
export const codesOf = (states: readonly State[]): number[] =>
  states.flatMap((state) => (state === 'ready' ? [codes.ready, aside] : codes[state]))

const marksTimeout = 1
const failsOnLapse = 2
/** Others wait for the job, or did: whoever ends it looks for them. */
export const hasChildren = 4
const forgetsSuccess = 8

/** Rare choices about a job, as bits. Stored: never change one, only add. */
export const flagsOf = (job: {
  readonly onTimeout: OnTimeout
  readonly onLapse: OnLapse
  readonly keepSucceeded: number
}): number =>
  (job.onTimeout === 'mark' ? marksTimeout : 0) |
  (job.onLapse === 'fail' ? failsOnLapse : 0) |
  (job.keepSucceeded === 0 ? forgetsSuccess : 0)

export const onTimeoutOf = (flags: unknown): OnTimeout => (Number(flags) & marksTimeout ? 'mark' : 'fail')
export const forgetsOf = (flags: unknown): boolean => (Number(flags) & forgetsSuccess) !== 0
export const onLapseOf = (flags: unknown): OnLapse => (Number(flags) & failsOnLapse ? 'fail' : 'retry')

export const hasChildrenOf = (flags: unknown): boolean => (Number(flags) & hasChildren) !== 0

/** By position in the list, which is only ever appended to. */
export const codeOfOnFail = (rule: OnParentFail): number => onParentFails.indexOf(rule)
export const onFailOf = (code: unknown): OnParentFail => onParentFails[Number(code)] ?? 'wait'

/** Milliseconds that a repeated insert may come after a job that was forgotten. */
export const keepTombstones = 3_600_000

export const codeOfLevel = (level: LogLevel): number => logLevels.indexOf(level)
export const levelOf = (code: unknown): LogLevel => logLevels[Number(code)] ?? 'info'

/** The state of a live row: *running* is derived, so that a claim changes nothing that is indexed. */
export const liveState = `case when worker is null then stage else ${codeOf('running')} end`
