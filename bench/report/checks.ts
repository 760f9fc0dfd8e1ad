/** How a check is told: what was measured, what it should be, and whether it is. */
import { type Check, holds } from '../figures.ts'
import { groupThousands } from './format.ts'

export const mark = (check: Check): string => (holds(check) ? '✓' : '✗')

/** `at least 1.6`. */
export const boundOf = ({ bound, better }: Check): string =>
  `at ${better === 'more' ? 'least' : 'most'} ${groupThousands(String(bound))}`

/** Three digits, or as many as it takes not to seem on the other side of the bound: 1.5996 of 1.6 is no `1.6`. */
export function measuredOf(check: Check): string {
  const { value } = check
  if (!Number.isFinite(value)) return '–'
  let digits = Math.max(3, Math.trunc(Math.abs(value)).toString().length)
  while (holds({ ...check, value: rounded(value, digits) }) !== holds(check)) digits++
  return groupThousands(String(rounded(value, digits)))
}

const rounded = (value: number, digits: number) => Number(value.toPrecision(digits))
