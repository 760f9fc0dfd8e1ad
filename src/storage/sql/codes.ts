import type { State } from '../../job/states.ts'

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
const byCode = new Map(Object.entries(codes).map(([state, code]) => [code, state as State]))

export const codeOf = (state: State): number => codes[state]

export function stateOf(code: unknown): State {
  const state = byCode.get(Number(code))
  if (state === undefined) throw new Error(`The database holds the unknown state ${code}.`)
  return state
}

/** The state of a live row: *running* is derived, so that a claim changes nothing that is indexed. */
export const liveState = `case when worker is null then stage else ${codeOf('running')} end`
