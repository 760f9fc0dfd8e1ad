/** Paths into JSON: `user.items[0].name`, `user["first name"]`. Own properties only, so that nobody reads what a prototype has. */

/** A name of an object, or a place in an array. */
export type Step = string | number

const step = /\.([\p{L}_$][\p{L}\p{N}_$-]*)|\[(\d{1,9})\]|\["((?:[^"\\]|\\.)*)"\]/uy

/** @returns null where it is no path; `$` alone, or in front, is the whole value */
export function parsePath(text: string): readonly Step[] | null {
  const rooted = /^\$(?=[.[]|$)/.test(text)
  const rest = rooted ? text.slice(1) : text.startsWith('[') ? text : `.${text}`
  const steps: Step[] = []
  step.lastIndex = 0
  for (let end = 0; end < rest.length; end = step.lastIndex) {
    const match = step.exec(rest)
    const found = match && stepOf(match)
    if (found == null) return null
    steps.push(found)
  }
  return steps
}

function stepOf([, name, index, quoted]: RegExpExecArray): Step | null {
  if (name !== undefined) return name
  if (index !== undefined) return Number(index)
  try {
    return JSON.parse(`"${quoted}"`) as string
  } catch {
    return null
  }
}

/** @returns undefined where there is nothing; JSON has no such value */
export function readPath(value: unknown, steps: readonly Step[]): unknown {
  let found = value
  for (const step of steps) {
    if (typeof found !== 'object' || found === null) return undefined
    const there = Array.isArray(found) ? typeof step === 'number' && step < found.length : Object.hasOwn(found, step)
    if (!there) return undefined
    found = (found as Record<Step, unknown>)[step]
  }
  return found
}
