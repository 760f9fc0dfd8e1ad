/** Requests made from an OpenAPI document: those that fit it, and those that are spoilt in one place or more. */
import fc from 'fast-check'

/** A JSON Schema of the document. */
export interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | Schema
  readonly items?: Schema
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
  readonly format?: string
}

export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>
}

export interface OpenApiOperation {
  readonly operationId?: string
  readonly parameters?: readonly {
    readonly name: string
    readonly in: string
    readonly required?: boolean
    readonly schema: Schema
  }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> }
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, object>> }>>
}

/** Values that are there: texts for names, ids, e-mail addresses. */
export interface Known {
  readonly ids: readonly string[]
  readonly names: readonly string[]
}

export interface WrittenRequest {
  readonly method: string
  /** With its query. */
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  /** JSON text, or what looks like it. */
  readonly body: string | null
}

/** JSON text that no value of JavaScript becomes: stands in a value as a name, and is put in its place when that is written down. */
const written: Readonly<Record<string, string>> = {
  '@beyond@': '9007199254740993',
  '@huge number@': '1e400',
  '@negative zero@': '-0',
  '@deep@': `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
  '@deep object@': `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`,
}
const asText = (value: unknown): string =>
  JSON.stringify(value)
    .replace(/"(@[a-z ]+@)"/g, (whole, name: string) => written[name] ?? whole)
    .replaceAll('"@proto@"', '"__proto__"')

const nasty = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    -1,
    1.5,
    '',
    ' ',
    [],
    {},
    [null],
    '\0',
    'a\0b',
    '\ud800',
    'x\udfff',
    '🚀',
    '‮',
    '../..',
    "'; --",
  ),
  fc.constantFrom<unknown>(...Object.keys(written)),
  fc.constantFrom<unknown>(
    { '@proto@': { role: 'admin' } },
    { constructor: { prototype: 1 } },
    { toString: 1, valueOf: 1 },
  ),
  fc.constantFrom<unknown>(
    'x'.repeat(300_000),
    Array(2_000).fill(0),
    2 ** 53,
    -(2 ** 63),
    1e308,
    '99999999999999999999',
    '1e999',
    'NaN',
  ),
  fc.constantFrom<unknown>(
    '9999-12-31T23:59:59Z',
    '-271821-04-20T00:00:00Z',
    '2027-02-30T00:00:00Z',
    '1000000000000d',
    '-5m',
    '0',
    '5 fortnights',
  ),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.jsonValue({ maxDepth: 3 }),
)

const moments = fc.constantFrom('2027-01-31T09:00:00Z', '2026-01-01T00:00:00+01:00', '2031-12-31T23:59:59.999Z')
const durations = fc.constantFrom('5m', '250ms', '2h', '7d', '10s')
const expressions = fc.constantFrom('0 9 * * *', 'every day at 9am', 'every 5 minutes', '*/5 * * * *')
const texts = (known: Known) =>
  fc.oneof(fc.constantFrom(...known.names), moments, durations, expressions, fc.string({ maxLength: 20 }))

/** A value that fits a schema, or nearly: patterns and formats that nobody can guess are met by values that are known. */
export function fitting(schema: Schema, known: Known, depth = 0): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  const any = schema.anyOf ?? schema.oneOf
  if (any !== undefined) return fc.oneof(...any.map((one) => fitting(one, known, depth)))
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type
  switch (type) {
    case 'string':
      return textFitting(schema, known)
    case 'integer':
      return fc.integer({ min: Math.max(schema.minimum ?? 0, -1_000), max: Math.min(schema.maximum ?? 20, 20) })
    case 'number':
      return fc.double({ min: schema.minimum ?? 0, max: Math.min(schema.maximum ?? 1e6, 1e6), noNaN: true })
    case 'boolean':
      return fc.boolean()
    case 'array':
      return fc.array(fitting(schema.items ?? {}, known, depth + 1), { minLength: 1, maxLength: 3 })
    case 'object':
      return objectFitting(schema, known, depth)
    default:
      return fc.oneof(fc.constant({ text: 'x' }), fc.jsonValue({ maxDepth: 2 }))
  }
}

function textFitting({ format, pattern, minLength = 0, maxLength = 40 }: Schema, known: Known): fc.Arbitrary<string> {
  if (format === 'uuid') return fc.constantFrom(...known.ids)
  if (format === 'date-time') return moments
  if (format === 'email') return fc.constantFrom('ada@example.com', 'bob@example.com')
  if (pattern !== undefined) return fc.constantFrom(...known.names)
  return texts(known).filter(({ length }) => length >= minLength && length <= maxLength)
}

function objectFitting({ properties = {}, required = [], additionalProperties }: Schema, known: Known, depth: number) {
  const names = Object.keys(properties).filter((name) => depth < 4 || required.includes(name))
  const shape = Object.fromEntries(names.map((name) => [name, fitting(properties[name] as Schema, known, depth + 1)]))
  const own = fc.record(shape, { requiredKeys: required.filter((name) => name in shape), noNullPrototype: true })
  if (typeof additionalProperties !== 'object' || depth > 3) return own
  const more = fc.dictionary(fc.constantFrom(...known.names, 'a'), fitting(additionalProperties, known, depth + 1), {
    maxKeys: 3,
  })
  return fc.tuple(own, more).map(([fixed, rest]) => ({ ...rest, ...fixed }))
}

/** One place of a value is another, missing, or too many. */
function spoilt(value: unknown, at: number, poison: unknown): unknown {
  if (typeof value !== 'object' || value === null) return poison
  const keys = Object.keys(value)
  const key = keys[at % (keys.length + 1)]
  if (key === undefined) return Array.isArray(value) ? [...value, poison] : { ...value, extra: poison }
  if (at % 5 === 4 && !Array.isArray(value))
    return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key))
  const copy = Array.isArray(value) ? [...value] : { ...value }
  const inner = (copy as Record<string, unknown>)[key]
  ;(copy as Record<string, unknown>)[key] = at % 3 === 0 ? poison : spoilt(inner, Math.floor(at / 3), poison)
  return copy
}

const spoils = fc.array(fc.tuple(fc.nat({ max: 500 }), nasty), { maxLength: 2 })
/** A dot alone would be taken away by the client. */
const inAddress = (value: unknown): string => {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return encodeURIComponent(text.toWellFormed().slice(0, 4_000)).replace(/^\.{1,2}$/, '-')
}
/** What a header may hold; what it may not is refused by the client already. */
const headerText = fc.oneof(
  fc.constantFrom('"x"', '*', 'key-1', 'key-2', 'W/"x"', ''),
  fc.stringMatching(/^[!-~]{1,40}$/),
)

export function requestsOf(
  path: string,
  method: string,
  operation: OpenApiOperation,
  known: Known,
): fc.Arbitrary<WrittenRequest> {
  const parameters = operation.parameters ?? []
  const values = parameters.map(({ in: where, required, schema, name }) => {
    if (where === 'header') return fc.option(headerText, { freq: 3 })
    const own = name === 'cluster' ? fc.constantFrom('default', 'nowhere') : fitting(schema, known)
    const value = fc.oneof({ weight: 4, arbitrary: own }, { weight: 1, arbitrary: nasty })
    return where === 'path' || required ? value : fc.option(value, { freq: 1, nil: undefined })
  })
  const schema = operation.requestBody?.content['application/json']?.schema
  const body = schema === undefined ? fc.constant(null) : fc.tuple(fitting(schema, known), spoils).map(written)
  return fc.tuple(fc.tuple(...values), body).map(([given, text]) => {
    let target = path
    const query: string[] = []
    const headers: Record<string, string> = text === null ? {} : { 'content-type': 'application/json' }
    for (const [i, { name, in: where }] of parameters.entries()) {
      const value = given[i]
      if (where === 'path') target = target.replace(`{${name}}`, inAddress(value) || '%20')
      else if (value !== undefined && value !== null && where === 'query') query.push(`${name}=${inAddress(value)}`)
      else if (typeof value === 'string') headers[name.toLowerCase()] = value
    }
    return {
      method: method.toUpperCase(),
      target: `${target}${query.length > 0 ? `?${query.join('&')}` : ''}`,
      headers,
      body: text,
    }
  })

  function written([value, changes]: [unknown, [number, unknown][]]): string {
    return asText(changes.reduce((spoiled, [at, poison]) => spoilt(spoiled, at, poison), value))
  }
}
