/** The `http` part of a definition: what people write, what is stored of it, and the check between them. */
import type { Duration } from '../../job/duration.ts'
import { checkOptions } from '../../job/options.ts'
import { refuse } from './fault.ts'
import type { Method } from './methods.ts'
import { checks, httpHints, secretChecks } from './spec-checks.ts'

/** A request that a job makes. Templates such as `{{input.user.id}}` or `{{job.attempt}}` may stand where it says so. */
export interface HttpOptions {
  /** @default 'POST' */
  readonly method?: Method
  /** Where to; `http:` or `https:`, at most 8 000 characters. Templates behind the host; no user and password in it. */
  readonly url: string
  /** Added to the query of the URL; values are templates, at most 100. @default none */
  readonly query?: Readonly<Record<string, string | number | boolean>>
  /** Values are templates, of at most 4 000 characters; at most 50 headers. @default none */
  readonly headers?: Readonly<Record<string, string>>
  /**
   * As `headers`, without templates: kept sealed, never shown again, and sent to the origin of `url` only. `true` keeps the value
   * that is stored for this header; headers that are left out go, unless there is no `secretHeaders` at all.
   * @default those that are stored, if there are any
   */
  readonly secretHeaders?: Readonly<Record<string, string | true>>
  /**
   * JSON with templates in its strings, or a text with templates; at most 64 KiB. A string that is exactly one template becomes
   * the value itself. Values in a text are not escaped: write JSON as an object. Not with GET and HEAD.
   * @default the input as JSON with POST, PUT and PATCH, otherwise none
   */
  readonly body?: unknown
  /** @default 'application/json', or 'text/plain; charset=utf-8' for a text */
  readonly contentType?: string
  /** Which answers are a success. @default every status of 2xx */
  readonly success?: SuccessOptions
  /** Which failures are tried again: those that another try may change, or all. @default 'transient' */
  readonly retry?: 'transient' | 'all'
  /** How many redirects are followed, 0 to 10. @default 0 */
  readonly redirects?: number
  /**
   * With it, status 202 means that the target tells later how it ended, at most `deadline` (1 s to 30 d) after the start of the request:
   * the time until the 202 counts, too. @default none
   */
  readonly async?: { readonly deadline: Duration }
  /** Bytes of the answer that are read, after decompression; 1 KiB to 16 MiB. @default 1 MiB */
  readonly maxResponse?: number
  /** Characters of the answer that are kept in the result, 0 to 65 536; fewer where `payloadLimit` is too small. @default 16 384 */
  readonly keepResponse?: number
  /** When the whole origin is left alone for a while, shared by definitions with the same limits; false for never. @default { failures: 5, pause: '30s' } */
  readonly breaker?: false | BreakerOptions
  /** At most two keys of Standard Webhooks, `whsec_` and base64 of 24 to 64 bytes, the newest first; never shown again. @default none */
  readonly signingKeys?: readonly string[]
}

/** All of these must fit. */
export interface SuccessOptions {
  /** `200`, `'2xx'` or `'200-299'`; one of them must fit. @default ['2xx'] */
  readonly status?: readonly (number | string)[]
  /** Texts that must all stand in the body. @default none */
  readonly bodyContains?: string | readonly string[]
  /** Texts of which none may stand in the body. @default none */
  readonly bodyLacks?: string | readonly string[]
  /** What the JSON in the body must have: `{ path: '$.status', equals: 'ok' }`. @default none */
  readonly json?: readonly JsonRule[]
}

/** A value that must stand in the JSON of an answer. */
export interface JsonRule {
  /** `$.status`, `status` or `items[0].ok`. */
  readonly path: string
  /** Any JSON; compared as a whole. */
  readonly equals: unknown
}

/** When an origin is left alone, by all jobs of a process whose definitions have the same limits. */
export interface BreakerOptions {
  /** Failures in a row before it opens, 1 to 1 000: no connection, timeouts, 5xx and 429. @default 5 */
  readonly failures?: number
  /** How long it stays open the first time, 1 s to 15 min; twice as long each further time, at most 15 min. @default '30s' */
  readonly pause?: Duration
}

/** What is stored and shown: plain JSON, with every default in it, durations in milliseconds, and no secret. */
export interface HttpSpec {
  readonly method: Method
  readonly url: string
  readonly query: Readonly<Record<string, string | number | boolean>>
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly contentType?: string
  readonly success: {
    readonly status: readonly (number | string)[]
    readonly bodyContains: readonly string[]
    readonly bodyLacks: readonly string[]
    readonly json: readonly JsonRule[]
  }
  readonly retry: 'transient' | 'all'
  readonly redirects: number
  readonly async?: { readonly deadline: number }
  readonly maxResponse: number
  readonly keepResponse: number
  readonly breaker: false | { readonly failures: number; readonly pause: number }
}

/** What is sealed before it is stored. Undefined where nothing was said of it. */
export interface HttpSecrets {
  readonly headers: Readonly<Record<string, string>> | undefined
  readonly signingKeys: readonly string[] | undefined
}

const httpDefaults = Object.freeze({
  method: 'POST' as const,
  query: {},
  headers: {},
  retry: 'transient' as const,
  redirects: 0,
  maxResponse: 1024 * 1024,
  keepResponse: 16 * 1024,
})
const successDefaults = { status: ['2xx'], bodyContains: [], bodyLacks: [], json: [] }
const breakerDefaults = { failures: 5, pause: 30_000 }

/**
 * @param field stands before the path in `field` of an error: `http.success.json[0].path`
 * @throws RotaError `option_invalid`, `option_unknown`, `duration_invalid`, `payload_not_json`, `payload_too_large`
 */
export function checkHttp(value: unknown, field = 'http'): { readonly spec: HttpSpec; readonly secrets: HttpSecrets } {
  const said = checkOptions(field, value, { ...checks, ...secretChecks }, httpHints, `${field}.`)
  const { url, secretHeaders, signingKeys, ...own } = said
  if (url === undefined)
    refuse(`${field}.url`, 'it is missing. Write the address, such as https://api.example.com/hook.')
  const set = { ...httpDefaults, ...own }
  if ((set.method === 'GET' || set.method === 'HEAD') && 'body' in set)
    refuse(`${field}.body`, `${set.method} carries none. Leave it out, use \`query\`, or another method.`)
  refuseTwice(set.headers, secretHeaders ?? {}, set.contentType, field)
  const spec: HttpSpec = {
    ...set,
    url,
    success: { ...successDefaults, ...set.success },
    breaker: set.breaker === false ? false : { ...breakerDefaults, ...set.breaker },
  }
  return { spec, secrets: { headers: secretHeaders, signingKeys } }
}

/** What was stored. @throws RotaError as `checkHttp`, where it is from a newer version or was changed by hand */
export const readHttp = (json: unknown): HttpSpec => checkHttp(json).spec

function refuseTwice(
  headers: HttpSpec['headers'],
  secret: HttpSpec['headers'],
  contentType: string | undefined,
  field: string,
): void {
  const open = Object.keys(headers).map((name) => name.toLowerCase())
  const twice = Object.keys(secret).find((name) => open.includes(name.toLowerCase()))
  if (twice !== undefined)
    refuse(`${field}.secretHeaders.${twice}`, 'it stands in `headers`, too. Leave it in one of them.')
  if (contentType !== undefined && open.includes('content-type'))
    refuse(`${field}.contentType`, '"content-type" stands in `headers`, too. Leave it in one of them.')
}
