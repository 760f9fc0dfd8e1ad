/** A request as a person types it: the same flags for a single one and for those of a definition. */
import { readFile } from 'node:fs/promises'
import { text as readAll } from 'node:stream/consumers'
import type { Command } from 'commander'
import { RotaError } from '../index.ts'
import { show } from '../job/errors.ts'
import { suggest } from '../job/suggest.ts'
import { methods } from '../kinds/http/methods.ts'
import type { HttpOptions } from '../kinds/http/spec.ts'

export interface HttpFlags {
  readonly http?: readonly string[]
  readonly header?: readonly string[]
  readonly query?: readonly string[]
}

const gathered = (entry: string, all: readonly string[] = []): string[] => [...all, entry]

export function addHttpFlags(command: Command): void {
  command
    .option('--http <method url...>', 'the request: GET https://example.com/ping')
    .option('--header <name: value>', 'a header, as often as needed', gathered)
    .option('--query <name=value>', 'added to the query of the address, as often as needed', gathered)
}

const invalid = (flag: string, why: string) => new RotaError('option_invalid', `--${flag}: ${why}`, { field: flag })

/** Name and value of `name<mark>value`. */
function pair(entry: string, flag: string, mark: string, example: string): [name: string, value: string] {
  const at = entry.indexOf(mark)
  if (at > 0) return [entry.slice(0, at).trim(), entry.slice(at + mark.length).trim()]
  throw invalid(flag, `${show(entry)} has no "${mark}". Write ${example}.`)
}

const pairs = (entries: readonly string[], flag: string, mark: string, example: string): Record<string, string> =>
  Object.fromEntries(entries.map((entry) => pair(entry, flag, mark, example)))

/** `GET https://…`, or the address alone. The library checks the rest. */
export function requestOf({ http, header, query }: HttpFlags): HttpOptions | null {
  if (http === undefined) return null
  const [first = '', second, ...more] = http
  if (more.length > 0)
    throw invalid('http', `${show(more.join(' '))} is too much. Write --http GET https://example.com/ping.`)
  const [method, url] = second === undefined ? [undefined, first] : [first.toUpperCase(), second]
  if (method !== undefined && !methods.includes(method as never))
    throw invalid('http', `${show(first)} is no method${suggest(method, methods) || '.'} Known: ${methods.join(', ')}.`)
  return {
    url,
    ...(method !== undefined && { method: method as NonNullable<HttpOptions['method']> }),
    ...(header !== undefined && { headers: pairs(header, 'header', ':', '--header "accept: text/plain"') }),
    ...(query !== undefined && { query: pairs(query, 'query', '=', '--query page=2') }),
  }
}

/** JSON where it is some, else a text as it is. `@file` reads a file, `-` stdin. */
export async function readBody(given: string, flag: string): Promise<unknown> {
  const body =
    given === '-' ? await readAll(process.stdin) : given.startsWith('@') ? await fileText(given.slice(1), flag) : given
  try {
    return JSON.parse(body)
  } catch {
    return body
  }
}

async function fileText(file: string, flag: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw invalid(flag, (error as Error).message)
  }
}

/**
 * Secrets by the place where they stand, because arguments are seen by everybody on the machine: `name=env:TOKEN`, `name=file:./token`,
 * `name=-` for stdin, and `name=keep` for what is stored.
 */
export async function secretsOf(entries: readonly string[], flag: string): Promise<Record<string, string | true>> {
  const read = entries.map(async (entry) => {
    const [name, place] = pair(entry, flag, '=', `--${flag} authorization=env:API_TOKEN`)
    return [name, await secretAt(place, flag)] as const
  })
  return Object.fromEntries(await Promise.all(read))
}

async function secretAt(place: string, flag: string): Promise<string | true> {
  const [, from, where = ''] = /^(env|file):(.+)$/s.exec(place) ?? []
  if (from === 'file') return (await fileText(where, flag)).trimEnd()
  if (place === '-') return (await readAll(process.stdin)).trimEnd()
  if (place === 'keep') return true
  if (from !== 'env')
    throw invalid(
      flag,
      'a secret is no argument, because others on this machine see those. Write name=env:VARIABLE, name=file:./path, name=- or name=keep.',
    )
  const value = process.env[where]
  if (value) return value
  throw invalid(flag, `the environment has no ${where}.`)
}
