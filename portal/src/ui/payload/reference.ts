/** `$ref`s of a JSON Schema, within the schema itself. */
import { isRecord, own } from './values.ts'

/** A schema that is an object. */
export type Node = Readonly<Record<string, unknown>>

const mostRefs = 8

/** Follows `$ref`s within the schema; null for what cannot be followed, or says nothing that can be read. */
export function resolve(given: unknown, root: unknown): Node | null {
  let node = given
  let beside: Node = {}
  for (let i = 0; i < mostRefs; i++) {
    if (!isRecord(node)) return null
    const all = own(node, 'allOf')
    const ref = own(node, '$ref')
    if (typeof ref === 'string') {
      beside = { ...node, ...beside }
      node = pointed(ref, root)
    } else if (Array.isArray(all) && all.length === 1 && own(node, 'type') === undefined) {
      beside = { ...node, ...beside }
      node = all[0]
    } else return Object.keys(beside).length === 0 ? node : { ...node, ...saidBeside(beside) }
  }
  return null
}

const saidBeside = (node: Node): Node =>
  Object.fromEntries(
    ['title', 'description', 'default'].filter((name) => Object.hasOwn(node, name)).map((name) => [name, node[name]]),
  )

/** `#/$defs/address`; other documents are not asked for. */
function pointed(ref: string, root: unknown): unknown {
  if (ref.length > 300 || !ref.startsWith('#')) return null
  let node: unknown = root
  for (const part of ref.slice(1).split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~')
    if (Array.isArray(node)) node = node[Number(name)]
    else if (isRecord(node)) node = own(node, name)
    else return null
  }
  return node
}
