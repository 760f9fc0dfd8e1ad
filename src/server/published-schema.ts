/**
 * What a worker has published of an input, as a check that may stand in the way of whoever enqueues: it takes little time whatever the schema
 * and the input say, and refuses nothing that the worker would take. What does not allow that is left to the worker. Pure.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { z } from 'zod'
import { type } from '../index.ts'

/** Nodes, depth and combining keywords above one another of a schema; checks of an input: nodes of the schema times values of the input. */
const most = { nodes: 5_000, depth: 30, combined: 3, checks: 2_000_000 /* half a second */ }

type Schema = StandardSchemaV1<unknown, unknown>

/**
 * A schema of what a worker has published. Patterns are left out: a worker could send one that takes for ever. The worker itself checks
 * them when it runs the job, and all of what is not checked here: schemas with references, with patterns where their absence would refuse
 * more, or too large ones.
 */
export function schemaOf(json: object): Schema {
  try {
    const nodes = nodesOf(json, { depth: 0, combined: 0, tight: false })
    if (nodes > most.nodes) return type()
    return bounded(z.fromJSONSchema(withoutPatterns(json) as Parameters<typeof z.fromJSONSchema>[0]), nodes)
  } catch {
    return type() // it is too much, or says something that zod does not know
  }
}

/** Gives what it cannot check as it came. */
function bounded(schema: Schema, nodes: number): Schema {
  const validate = (value: unknown) => {
    const passed = { value }
    if (exceeds(value, most.checks / nodes)) return passed
    try {
      const result = schema['~standard'].validate(value)
      return result instanceof Promise ? result.catch(() => passed) : result
    } catch {
      return passed
    }
  }
  return { '~standard': { version: 1, vendor: 'rota', validate } }
}

/** Whether there are more values in it, without a look at all of them. */
function exceeds(value: unknown, values: number): boolean {
  const open = [value]
  for (let seen = 1; open.length > 0; seen++) {
    if (seen + open.length > values) return true
    const one = open.pop()
    if (typeof one === 'object' && one !== null) for (const inner of Object.values(one)) open.push(inner)
  }
  return false
}

/** Keywords that hold data, and those that hold schemas by names of the data. */
const data = new Set(['const', 'enum', 'default', 'examples', 'required', 'dependentRequired'])
const named = new Set(['properties', '$defs', 'definitions', 'dependentSchemas'])
const references = new Set(['$ref', '$dynamicRef', '$recursiveRef'])
const combining = new Set(['anyOf', 'allOf', 'oneOf', 'not', 'if', 'then', 'else'])
/** Without a pattern below them they refuse more than with it. */
const tightening = new Set(['oneOf', 'not', 'if', 'contains'])

interface Position {
  readonly depth: number
  /** How many combining keywords are above. */
  readonly combined: number
  readonly tight: boolean
}

/** How many schemas it holds; throws on what is not to be checked here. */
function nodesOf(schema: unknown, at: Position): number {
  if (at.depth > most.depth || at.combined > most.combined) throw unchecked
  const below = { ...at, depth: at.depth + 1 }
  if (Array.isArray(schema)) return sum(schema.map((one) => nodesOf(one, below)))
  if (typeof schema !== 'object' || schema === null) return 1
  return 1 + sum(Object.entries(schema).map(([key, value]) => nodesUnder(key, value, below)))
}

function nodesUnder(keyword: string, value: unknown, at: Position): number {
  // Without `patternProperties` what stands there would be additional, which may be refused.
  if (references.has(keyword) || keyword === 'patternProperties' || (keyword === 'pattern' && at.tight)) throw unchecked
  if (data.has(keyword)) return Array.isArray(value) ? value.length : 1
  if (named.has(keyword)) return sum(Object.values(Object(value)).map((one) => nodesOf(one, at)))
  const combined = at.combined + (combining.has(keyword) ? 1 : 0)
  return nodesOf(value, { depth: at.depth, combined, tight: at.tight || tightening.has(keyword) })
}

const sum = (counts: readonly number[]): number => counts.reduce((all, count) => all + count, 0)

const unchecked = new Error('This schema is left to the worker.')

function withoutPatterns(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutPatterns)
  if (typeof schema !== 'object' || schema === null) return schema
  const kept = Object.entries(schema).filter(([key]) => key !== 'pattern')
  return Object.fromEntries(
    kept.map(([key, inner]) => {
      if (data.has(key)) return [key, inner]
      return [key, named.has(key) ? eachOf(inner) : withoutPatterns(inner)]
    }),
  )
}

const eachOf = (schemas: unknown): unknown =>
  Object.fromEntries(Object.entries(Object(schemas)).map(([name, schema]) => [name, withoutPatterns(schema)]))
