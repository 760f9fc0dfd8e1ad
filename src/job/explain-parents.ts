/** What a dependant waits for. */
import type { ParentFact, Reason } from './explain-facts.ts'
import { isFinalState } from './states.ts'

/** One for each parent that holds the job, those that will not go on by themselves first. */
export function explainParents(parents: readonly ParentFact[]): Reason[] {
  const reasons = parents.flatMap((parent) => reasonOf(parent) ?? [])
  return reasons.sort((a, b) => Number(a.code === 'blocked_by_parent') - Number(b.code === 'blocked_by_parent'))
}

function reasonOf({ id, job, state, onFail, error }: ParentFact): Reason | null {
  const one = (code: Reason['code'], message: string, fix: string, command: string | null): Reason => {
    return { code, message, fix, command, until: null }
  }
  const name = `job ${id} (${job})`
  if (state === null)
    return one(
      'parent_gone',
      `It waits for ${name}, which is not stored any more.`,
      'Cancel it, or enqueue it anew.',
      null,
    )
  if (!isFinalState(state)) {
    const rule = onFail === 'run' ? 'end' : 'succeed'
    return one(
      'blocked_by_parent',
      `It waits for ${name} to ${rule}, which is ${state}.`,
      'Ask why that one waits.',
      `rota jobs explain ${id}`,
    )
  }
  if (state === 'succeeded' || onFail === 'run') return null
  const why = error === null ? '' : ` (${error.message})`
  return one(
    'parent_failed',
    `The ${name} ${state}${why}, and it waits until that one succeeds.`,
    'Run that one again, or the whole flow.',
    `rota jobs retry ${id}`,
  )
}
