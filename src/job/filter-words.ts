/**
 * The words of a filter text: `key:value,value`, `key.part.part:value`. What stands in double quotes keeps its spaces, commas,
 * dots and colons; in there `\"` is a quote and `\\` a backslash. Quotes open only at the beginning of a value or of a part.
 */
import { RotaError } from './errors.ts'
import { filterHints, stateHints } from './option-hints.ts'
import { allStates } from './states.ts'
import { suggest } from './suggest.ts'

export interface FilterWord {
  readonly key: string
  /** Behind the dots of `metadata` (always one) and `input` (one or more). */
  readonly path: readonly string[]
  readonly values: readonly string[]
  /** As it was written, for messages. */
  readonly text: string
}

/** Of what a key is followed: `metadata` by one name, which may hold dots; `input` by one or more. */
const parted: Readonly<Record<string, string>> = { metadata: ':', input: '.:' }

/** @param keys as the help shows them, such as `state` and `metadata.<key>` */
export function wordsOf(text: string, keys: readonly string[]): FilterWord[] {
  const words: FilterWord[] = []
  const seen = new Set<string>()
  for (let at = afterSpace(text, 0); at < text.length; at = afterSpace(text, at)) {
    const [word, end] = readWord(text, at, keys)
    const name = JSON.stringify([word.key, ...word.path])
    if (seen.has(name)) refuse(word.text, `stands twice; write ${word.text.split(':')[0]}:a,b for either`)
    seen.add(name)
    words.push(word)
    at = end
  }
  return words
}

/** A part of a filter as it has to be written to be read as it is. */
export function quoted(part: string, special: RegExp): string {
  return part === '' || special.test(part) ? `"${part.replace(/["\\]/g, '\\$&')}"` : part
}

const isSpace = (char: string | undefined): boolean => char !== undefined && /\s/.test(char)

function afterSpace(text: string, from: number): number {
  let at = from
  while (isSpace(text[at])) at++
  return at
}

function readWord(text: string, start: number, keys: readonly string[]): [FilterWord, number] {
  const raw = /^\S+/.exec(text.slice(start))?.[0] ?? ''
  const key = /^[^.:]*/.exec(raw)?.[0] ?? ''
  let at = start + key.length
  const path: string[] = []
  const known = keys.map((one) => one.split('.')[0] as string)
  const stops = parted[key]
  if (!known.includes(key) || (stops === undefined && text[at] !== ':')) unknown(raw, key, keys, known)
  if (stops !== undefined) {
    if (text[at] !== '.') unknown(raw, key, keys, known)
    while (text[at] === '.') {
      const [part, end, wasQuoted] = readPart(text, at + 1, stops, raw)
      if (part === '' && !wasQuoted) refuse(raw, 'has an empty part; write "" for an empty name')
      path.push(part)
      at = end
    }
    if (text[at] !== ':')
      refuse(raw, `has no value; write ${raw.includes('=') ? raw.replace('=', ':') : 'it behind a colon'}`)
  }
  const values: string[] = []
  do {
    const [value, end, wasQuoted] = readPart(text, at + 1, ',', raw)
    if (value !== '' || wasQuoted) values.push(value)
    at = end
  } while (text[at] === ',')
  const word = { key, path, values, text: text.slice(start, at) }
  if (values.length === 0) refuse(word.text, 'has no value')
  return [word, at]
}

/** Up to a space or one of `stops`; where it ends, and whether it stood in quotes. */
function readPart(text: string, start: number, stops: string, raw: string): [string, number, boolean] {
  if (text[start] !== '"') {
    let at = start
    while (at < text.length && !isSpace(text[at]) && !stops.includes(text[at] as string)) at++
    return [text.slice(start, at), at, false]
  }
  const [whole, inside = ''] = /^"((?:[^"\\]|\\[\s\S]?)*)"/.exec(text.slice(start)) ?? []
  if (whole === undefined) refuse(raw, 'opens a quote that nothing closes; inside of quotes write \\" for a quote')
  const end = start + whole.length
  const next = text[end]
  if (next !== undefined && !isSpace(next) && !stops.includes(next))
    refuse(raw, `goes on with "${next}" behind a closing quote; inside of quotes write \\" for a quote`)
  return [inside.replace(/\\(["\\])/g, '$1'), end, true]
}

function unknown(raw: string, key: string, keys: readonly string[], known: readonly string[]): never {
  const near = wordFor(raw, known) ?? (known.includes(key) ? '' : suggest(key, known))
  const message = `filter: "${raw}" is not understood${near || '.'} Write key:value with ${keys.join(', ')}.`
  throw new RotaError('option_unknown', message, { field: 'filter' })
}

/** A state alone, an equals sign for the colon, or the key of another language. */
function wordFor(raw: string, known: readonly string[]): string | null {
  const [key = '', separator] = /^([^.:=]*)([.:=])?/.exec(raw)?.slice(1) ?? []
  if (known.includes(key) && separator === '=') return `; write ${raw.replace('=', ':')}.`
  if (Object.hasOwn(filterHints, key) && separator !== undefined) return `, did you mean "${filterHints[key]}"?`
  const isState = allStates.some((state) => state === raw)
  const state = isState ? raw : Object.hasOwn(stateHints, raw) ? stateHints[raw] : null
  return state ? `; write state:${state}.` : null
}

function refuse(word: string, why: string): never {
  throw new RotaError('option_invalid', `filter: "${word}" ${why}.`, { field: 'filter' })
}
