/** What was entered: plain JSON, in which a place may hold a text that cannot be read yet. */
import type { GroupShape, Shape } from './shape.ts'

type Values = Readonly<Record<string, unknown>>

export const isRecord = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Unreadable)

/** A property of the value itself: `constructor` may be the name of one. */
export const own = (value: Values, name: string): unknown => (Object.hasOwn(value, name) ? value[name] : undefined)

/** `undefined` takes the property away. A computed key also makes a property of the name `__proto__`. */
export function withProperty(value: Values, name: string, next: unknown): Values {
  if (next !== undefined) return { ...value, [name]: next }
  return Object.fromEntries(Object.entries(value).filter(([one]) => one !== name))
}

/** A text in the place of a number or of JSON, as it was typed. */
export class Unreadable {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** Longer lists are JSON: each item is a set of fields. */
export const mostItems = 100

/** Whether the fields of a shape can show a value, as far as its outermost part tells. */
export function fits(shape: Shape, value: unknown): boolean {
  if (value instanceof Unreadable) return shape.kind === 'number' || shape.kind === 'json'
  switch (shape.kind) {
    case 'text':
      return typeof value === 'string'
    case 'number':
      return typeof value === 'number'
    case 'flag':
      return typeof value === 'boolean'
    case 'enum':
      return shape.values.some((one) => isSame(one, value))
    case 'list':
      return Array.isArray(value) && value.length <= mostItems
    case 'group':
      return (
        isRecord(value) &&
        shape.fields.every((field) => !isConstant(field.shape) || fits(field.shape, own(value, field.name)))
      )
    case 'choice':
      return shape.cases.some((one) => fits(one, value))
    case 'json':
      return true
  }
}

/** A property with one possible value tells one case from another. */
const isConstant = (shape: Shape): boolean => shape.kind === 'enum' && shape.values.length === 1

/** Whether two values of JSON are the same; what stands in schemas is short. */
export const isSame = (one: unknown, other: unknown): boolean =>
  one === other ||
  (typeof one === 'object' && typeof other === 'object' && JSON.stringify(one) === JSON.stringify(other))

/** What a place holds that must not be empty: as much as is certain. Undefined where somebody has to say it. */
export function blank(shape: Shape): unknown {
  if (shape.usual !== undefined) return shape.usual
  switch (shape.kind) {
    case 'flag':
      return false
    case 'enum':
      return shape.values.length === 1 ? shape.values[0] : undefined
    case 'list':
      return Array.from({ length: Math.min(shape.least, 10) }, () => blankItem(shape.item))
    case 'group':
      return fill(shape, {})
    default:
      return undefined
  }
}

/** An item of a list is never absent. */
export function blankItem(shape: Shape): unknown {
  const made = blank(shape)
  if (made !== undefined) return made
  if (shape.kind === 'text') return ''
  if (shape.kind === 'enum') return shape.values[0]
  return shape.kind === 'choice' && shape.cases[0] !== undefined ? blankItem(shape.cases[0]) : new Unreadable('')
}

/** Puts in what is certain where something required is missing. What is there stays. */
export function fill(shape: GroupShape, value: Values): Values {
  let filled = value
  for (const field of shape.fields) {
    const now = own(filled, field.name)
    const next =
      now === undefined
        ? field.required
          ? blank(field.shape)
          : undefined
        : field.shape.kind === 'group' && isRecord(now)
          ? fill(field.shape, now)
          : now
    if (next !== now) filled = withProperty(filled, field.name, next)
  }
  return filled
}

/** Whether all of it can be read. */
export function isReadable(value: unknown): boolean {
  if (value instanceof Unreadable) return false
  if (Array.isArray(value)) return value.every(isReadable)
  return !isRecord(value) || Object.values(value).every(isReadable)
}

/** As JSON, where what cannot be read is a text. */
export const textOf = (value: unknown): string =>
  value === undefined ? '' : JSON.stringify(value, (_, one) => (one instanceof Unreadable ? one.text : one), 2)
