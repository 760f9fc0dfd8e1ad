/**
 * What a form is made of, read from a JSON Schema. Schemas come from anywhere: everything here has a bound, no pattern is ever compiled, and what
 * cannot be shown as fields becomes JSON.
 */
import { type Node, resolve } from './reference.ts'
import { isRecord, own } from './values.ts'

interface Said {
  readonly title: string | null
  readonly help: string | null
  /** As the schema has it; undefined for none. */
  readonly usual: unknown
}

export type TextFormat = 'plain' | 'long' | 'instant' | 'date' | 'email' | 'url'

export interface TextShape extends Said {
  readonly kind: 'text'
  readonly format: TextFormat
  readonly least: number
  readonly most: number | null
  /** Shown only. */
  readonly pattern: string | null
}
export interface NumberShape extends Said {
  readonly kind: 'number'
  readonly integer: boolean
  readonly min: number | null
  readonly max: number | null
  readonly above: number | null
  readonly below: number | null
}
export interface FlagShape extends Said {
  readonly kind: 'flag'
}
/** One of several fixed values; of one only, if it is a constant. */
export interface EnumShape extends Said {
  readonly kind: 'enum'
  readonly values: readonly unknown[]
}
export interface ListShape extends Said {
  readonly kind: 'list'
  readonly item: Shape
  readonly least: number
  readonly most: number | null
}
export interface GroupShape extends Said {
  readonly kind: 'group'
  readonly fields: readonly GroupField[]
  /** Whether other properties are refused. */
  readonly closed: boolean
}
export interface GroupField {
  readonly name: string
  readonly required: boolean
  readonly shape: Shape
}
export interface ChoiceShape extends Said {
  readonly kind: 'choice'
  readonly cases: readonly Shape[]
}
/** What has no fields. */
export interface JsonShape extends Said {
  readonly kind: 'json'
}
export type Shape = TextShape | NumberShape | FlagShape | EnumShape | ListShape | GroupShape | ChoiceShape | JsonShape

const limits = { parts: 300, depth: 6, properties: 100, cases: 12, values: 500, text: 600 }

/** Too much for a form. */
class TooMuch extends Error {}

/** The fields of a schema; null where it is not that of an object, or too large to be shown. */
export function shapeOf(schema: unknown): GroupShape | null {
  let parts = 0
  const read = (given: unknown, depth: number): Shape => {
    if (++parts > limits.parts) throw new TooMuch()
    const node = resolve(given, schema)
    if (node === null) return { kind: 'json', title: null, help: null, usual: undefined }
    const said = saidOf(node)
    const nest = () => (depth > limits.depth ? null : nested(node, said, (inner) => read(inner, depth + 1)))
    return simple(node, said) ?? nest() ?? { ...said, kind: 'json' }
  }
  try {
    const shape = read(schema, 0)
    return shape.kind === 'group' ? shape : null
  } catch (error) {
    if (error instanceof TooMuch) return null
    throw error
  }
}

function saidOf(node: Node): Said {
  return { title: textOf(node, 'title'), help: textOf(node, 'description'), usual: own(node, 'default') }
}

function textOf(node: Node, name: string): string | null {
  const text = own(node, name)
  return typeof text === 'string' && text.trim() !== '' ? text.slice(0, limits.text) : null
}

function numberOf(node: Node, name: string): number | null {
  const value = own(node, name)
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

/** Rules that no field can show: then it is JSON. */
const beyond = [
  'allOf',
  'not',
  'if',
  'dependentSchemas',
  'dependentRequired',
  'patternProperties',
  'prefixItems',
  'contains',
  '$dynamicRef',
]

function simple(node: Node, said: Said): Shape | null {
  if (Object.hasOwn(node, 'const')) return { ...said, kind: 'enum', values: [node.const] }
  const values = own(node, 'enum')
  if (Array.isArray(values))
    return values.length > 0 && values.length <= limits.values ? { ...said, kind: 'enum', values } : null
  if (beyond.some((name) => Object.hasOwn(node, name)) || Object.hasOwn(node, 'anyOf') || Object.hasOwn(node, 'oneOf'))
    return null
  switch (own(node, 'type')) {
    case 'string':
      return { ...said, kind: 'text', ...textRules(node) }
    case 'number':
    case 'integer':
      return {
        ...said,
        kind: 'number',
        integer: node.type === 'integer',
        min: numberOf(node, 'minimum'),
        max: numberOf(node, 'maximum'),
        above: numberOf(node, 'exclusiveMinimum'),
        below: numberOf(node, 'exclusiveMaximum'),
      }
    case 'boolean':
      return { ...said, kind: 'flag' }
    case 'null':
      return { ...said, kind: 'enum', values: [null] }
    default:
      return null
  }
}

const formats: Readonly<Record<string, TextFormat>> = {
  'date-time': 'instant',
  date: 'date',
  email: 'email',
  uri: 'url',
  url: 'url',
}
const longFrom = 200

function textRules(node: Node): Pick<TextShape, 'format' | 'least' | 'most' | 'pattern'> {
  const most = numberOf(node, 'maxLength')
  const format = own(node, 'format')
  const known = typeof format === 'string' && Object.hasOwn(formats, format) ? formats[format] : undefined
  const long = (most !== null && most > longFrom) || Object.hasOwn(node, 'contentMediaType') || format === 'textarea'
  return {
    format: known ?? (long ? 'long' : 'plain'),
    least: numberOf(node, 'minLength') ?? 0,
    most,
    pattern: textOf(node, 'pattern')?.slice(0, 100) ?? null,
  }
}

function nested(node: Node, said: Said, read: (inner: unknown) => Shape): Shape | null {
  if (beyond.some((name) => Object.hasOwn(node, name))) return null
  const cases = casesOf(node)
  if (cases !== null) return cases.length === 0 || cases.length > limits.cases ? null : choiceOf(cases.map(read), said)
  const properties = own(node, 'properties')
  if (isRecord(properties)) return groupOf(node, properties, said, read)
  if (own(node, 'type') === 'array' && isRecord(own(node, 'items'))) {
    const [least, most] = [numberOf(node, 'minItems') ?? 0, numberOf(node, 'maxItems')]
    return { ...said, kind: 'list', item: read(node.items), least, most }
  }
  return null
}

/** `anyOf`, `oneOf`, or several types. */
function casesOf(node: Node): readonly unknown[] | null {
  const several = own(node, 'anyOf') ?? own(node, 'oneOf')
  // Rules beside the cases would have to hold for each of them.
  if (Array.isArray(several)) return own(node, 'properties') === undefined ? several : []
  const types = own(node, 'type')
  if (!Array.isArray(types)) return null
  const { title: _, description: __, default: ___, ...rules } = node
  return types.map((type) => ({ ...rules, type }))
}

/** Cases that are all constants are one list of values. */
function choiceOf(cases: readonly Shape[], said: Said): Shape {
  const [only] = cases
  if (cases.length === 1 && only !== undefined)
    return { ...only, title: said.title ?? only.title, help: said.help ?? only.help }
  if (cases.every((one) => one.kind === 'enum'))
    return { ...said, kind: 'enum', values: cases.flatMap((one) => one.values) }
  return { ...said, kind: 'choice', cases }
}

function groupOf(node: Node, properties: Node, said: Said, read: (inner: unknown) => Shape): GroupShape {
  const names = Object.keys(properties)
  if (names.length > limits.properties) throw new TooMuch()
  const required = own(node, 'required')
  const needed = new Set(Array.isArray(required) ? required : [])
  return {
    ...said,
    kind: 'group',
    fields: names.map((name) => ({ name, required: needed.has(name), shape: read(properties[name]) })),
    closed: own(node, 'additionalProperties') === false,
  }
}
