/** Schedules in English: `every weekday at 9am`. */
export { describeNatural } from './describe.ts'
export { type NaturalContext, naturalSequence } from './natural-sequence.ts'
export { parseNatural } from './parse.ts'
export type { NaturalRule } from './rule.ts'
