import { allStates, type State } from '../../job/states.ts'

/** States as small numbers in the database: the position in the table of states. Never reorder, only append. */
const codes = Object.freeze(Object.fromEntries(allStates.map((state, code) => [state, code])) as Record<State, number>)

export const codeOf = (state: State): number => codes[state]

export function stateOf(code: unknown): State {
  const state = allStates[Number(code)]
  if (state === undefined) throw new Error(`The database holds the unknown state ${code}.`)
  return state
}

/** The state of a live row: *running* is derived, so that a claim changes nothing that is indexed. */
export const liveState = `case when worker is null then stage else ${codeOf('running')} end`
