/** What is wrong with what was entered, by the place. The server checks everything again by the whole schema. */
import type { GroupField, NumberShape, Shape, TextShape } from './shape.ts'
import { fits, isRecord, mostItems, own, Unreadable } from './values.ts'

/** A text of `texts/…/payload.json`, with its values. */
export interface Problem {
  readonly key: string
  readonly values?: Readonly<Record<string, unknown>>
}

export type Problems = ReadonlyMap<string, Problem>

export const pathOf = (above: string, part: string | number): string =>
  typeof part === 'number' ? `${above}[${part}]` : `${above}/${part}`

/** @returns problems by place, in the order of the fields */
export function check(shape: Shape, value: unknown): Problems {
  const found = new Map<string, Problem>()
  walk(shape, value, '', found)
  return found
}

function walk(shape: Shape, value: unknown, path: string, found: Map<string, Problem>): void {
  const problem = problemOf(shape, value)
  if (problem !== null) found.set(path, problem)
  else if (shape.kind === 'group' && isRecord(value))
    for (const field of shape.fields) walkField(field, value, path, found)
  else if (shape.kind === 'list' && Array.isArray(value) && value.length <= mostItems)
    for (const [i, item] of value.entries()) walk(shape.item, item, pathOf(path, i), found)
  else if (shape.kind === 'choice') {
    const one = shape.cases.find((own) => fits(own, value))
    if (one !== undefined) walk(one, value, path, found)
  }
}

function walkField(
  { name, required, shape }: GroupField,
  value: Readonly<Record<string, unknown>>,
  above: string,
  found: Map<string, Problem>,
): void {
  const inner = own(value, name)
  const path = pathOf(above, name)
  if (inner !== undefined) walk(shape, inner, path, found)
  else if (required) found.set(path, { key: 'missing' })
}

function problemOf(shape: Shape, value: unknown): Problem | null {
  if (value instanceof Unreadable) {
    if (value.text.trim() === '') return { key: 'missing' }
    return { key: shape.kind === 'number' ? 'noNumber' : 'noJson' }
  }
  if (shape.kind === 'list' && Array.isArray(value)) return countProblem(value.length, shape.least, shape.most)
  if (!fits(shape, value)) return { key: 'misfit' }
  if (shape.kind === 'text') return textProblem(shape, value as string)
  if (shape.kind === 'number') return numberProblem(shape, value as number)
  return null
}

function countProblem(count: number, least: number, most: number | null): Problem | null {
  if (count < least) return { key: 'tooFew', values: { count: least } }
  return most !== null && count > most ? { key: 'tooMany', values: { count: most } } : null
}

function textProblem({ least, most, format }: TextShape, text: string): Problem | null {
  const length = most === null && least === 0 ? 0 : [...text].length
  if (length < least) return { key: 'tooShort', values: { count: least } }
  if (most !== null && length > most) return { key: 'tooLong', values: { count: most } }
  if (format === 'instant' && !isInstant(text)) return { key: 'noInstant' }
  return format === 'date' && !/^\d{4}-\d\d-\d\d$/.test(text) ? { key: 'noDate' } : null
}

function numberProblem({ integer, min, max, above, below }: NumberShape, value: number): Problem | null {
  if (integer && !Number.isInteger(value)) return { key: 'noInteger' }
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return { key: 'inexact' }
  if (min !== null && value < min) return { key: 'tooSmall', values: { limit: min } }
  if (max !== null && value > max) return { key: 'tooLarge', values: { limit: max } }
  if (above !== null && value <= above) return { key: 'notAbove', values: { limit: above } }
  return below !== null && value >= below ? { key: 'notBelow', values: { limit: below } } : null
}

/** ISO 8601 with a zone. */
export const isInstant = (text: string): boolean =>
  /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:?\d\d)$/.test(text) &&
  !Number.isNaN(Date.parse(text))
