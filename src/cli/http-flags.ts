/** A request as a person types it: the same flags for a single one and for those of a definition. */
import type { Command } from 'commander'
import { show } from '../job/errors.ts'
import { suggest } from '../job/suggest.ts'
import { methods } from '../kinds/http/methods.ts'
import type { HttpOptions } from '../kinds/http/spec.ts'
import { readInput, readStdin } from './data.ts'
import { flagInvalid, gathered } from './flags.ts'

export interface HttpFlags {
  readonly http?: readonly string[]
  readonly header?: readonly string[]
  readonly query?: readonly string[]
}

/** What has no meaning without --http. */
export const withHttp = { header: '--header', query: '--query' } satisfies Record<
  Exclude<keyof HttpFlags, 'http'>,
  string
>

export function addHttpFlags(command: Command): void {
  command
    .option('--http <method url...>', 'the request: GET https://example.com/ping')
    .option('--header <name: value>', 'a header, as often as needed', gathered)
    .option('--query <name=value>', 'added to the query of the address, as often as needed', gathered)
}

/** What says something of a request would be dropped where there is none. @param names its flags. @param instead what to do */
export function refuseWithoutHttp<Name extends string>(
  flags: Readonly<Partial<Record<NoInfer<Name> | 'http', unknown>>>,
  names: Readonly<Record<Name, string>>,
  instead: string,
): void {
  if (flags.http !== undefined) return
  for (const [name, flag] of Object.entries<string>(names))
    if (flags[name as Name] !== undefined)
      throw flagInvalid(flag, `it belongs to --http, which is not here. ${instead}`)
}

/** Name and value of `name<mark>value`. */
function pair(entry: string, flag: string, mark: string, example: string): [name: string, value: string] {
  const at = entry.indexOf(mark)
  if (at > 0) return [entry.slice(0, at).trim(), entry.slice(at + mark.length).trim()]
  throw flagInvalid(flag, `${show(entry)} has no "${mark}". Write ${example}.`)
}

const pairs = (entries: readonly string[], flag: string, mark: string, example: string): Record<string, string> =>
  Object.fromEntries(entries.map((entry) => pair(entry, flag, mark, example)))

/** `GET https://…`, or the address alone. The library checks the rest. */
export function requestOf({ http, header, query }: HttpFlags): HttpOptions | null {
  if (http === undefined) return null
  const [first = '', second, ...more] = http
  if (more.length > 0)
    throw flagInvalid('--http', `${show(more.join(' '))} is too much. Write --http GET https://example.com/ping.`)
  const [method, url] = second === undefined ? [undefined, first] : [first.toUpperCase(), second]
  if (method !== undefined && !methods.includes(method as never))
    throw flagInvalid(
      '--http',
      `${show(first)} is no method${suggest(method, methods) || '.'} Known: ${methods.join(', ')}.`,
    )
  return {
    url,
    ...(method !== undefined && { method: method as NonNullable<HttpOptions['method']> }),
    ...(header !== undefined && { headers: pairs(header, '--header', ':', '--header "accept: text/plain"') }),
    ...(query !== undefined && { query: pairs(query, '--query', '=', '--query page=2') }),
  }
}

/** Headers by name, of which each has its secret where `secretAt` says, or is `keep` for what is stored: true. */
export async function secretsOf(entries: readonly string[], flag: string): Promise<Record<string, string | true>> {
  const ways = 'name=env:VARIABLE, name=file:./path, name=- for stdin, or name=keep'
  const read = entries.map(async (entry) => {
    const [name, place] = pair(entry, flag, '=', `${flag} authorization=env:API_TOKEN`)
    return [name, place === 'keep' ? true : await secretAt(place, flag, ways)] as const
  })
  return Object.fromEntries(await Promise.all(read))
}

const notEmpty = (secret: string, flag: string, where: string): string => {
  if (secret !== '') return secret
  throw flagInvalid(flag, `${where} is empty.`)
}

/** A secret by the place where it stands, because arguments are seen by everybody on the machine: `env:TOKEN`, `file:./token`, `-` for stdin. */
export async function secretAt(
  place: string,
  flag: string,
  ways = 'env:VARIABLE, file:./path, or - for stdin',
): Promise<string> {
  const [, from, where = ''] = /^(env|file):(.+)$/s.exec(place) ?? []
  if (from === 'file') return notEmpty((await readInput(where, flag)).trimEnd(), flag, where)
  if (place === '-') return notEmpty((await readStdin(flag)).trimEnd(), flag, 'stdin')
  if (from !== 'env')
    throw flagInvalid(flag, `a secret is no argument, because others on this machine see those. Write ${ways}.`)
  const value = process.env[where]
  if (value) return value
  throw flagInvalid(flag, `the environment has no ${where}.`)
}
