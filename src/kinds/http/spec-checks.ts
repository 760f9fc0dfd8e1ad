/** One check for each option of `http`. */
import { show } from '../../job/errors.ts'
import * as check from '../../job/options.ts'
import { toJson } from '../../job/payload.ts'
import { refuse } from './fault.ts'
import { checkHeaderName, isCredential, isHeaderValue, mostHeaders } from './headers.ts'
import { type Method, methods } from './methods.ts'
import { parsePath } from './path.ts'
import { keyBytes } from './signature.ts'
import { parseTemplate } from './template.ts'
import { checkUrl } from './url.ts'

const kibi = 1024
const day = 24 * 3_600_000
const longestBody = 64 * kibi
const deepestBody = 100
const longestHeader = 4_000
const mostQuery = 100
const mostRules = 50

type Scalar = string | number | boolean

const url: check.Check<string> = (value, field) => checkUrl(check.text(8_000)(value, field), field)

const query: check.Check<Record<string, Scalar>> = (value, field) => {
  const entries = entriesOf(value, field, mostQuery)
  return Object.fromEntries(
    entries.map(([name, one]): [string, Scalar] => {
      const at = `${field}.${name}`
      check.text(200)(name, at)
      if (typeof one === 'boolean' || (typeof one === 'number' && Number.isFinite(one))) return [name, one]
      const text = check.text(longestHeader, 0)(one, at)
      parseTemplate(text, at)
      return [name, text]
    }),
  )
}

const headers: check.Check<Record<string, string>> = (value, field) =>
  headersOf(value, field, (name, text, at) => {
    if (isCredential(name))
      refuse(at, 'its value would be stored and shown openly. Put it into `secretHeaders` instead.')
    parseTemplate(text, at)
  })

/** The `true`s for which something is stored are gone by now. */
const secretHeaders: check.Check<Record<string, string>> = (value, field) => {
  const kept = entriesOf(value, field, mostHeaders).find(([, one]) => one === true)
  if (kept !== undefined)
    refuse(`${field}.${kept[0]}`, 'true keeps the value that is stored, and there is none. Give it.')
  return headersOf(value, field, () => {})
}

function headersOf(
  value: unknown,
  field: string,
  also: (name: string, text: string, at: string) => void,
): Record<string, string> {
  const names = new Set<string>()
  const checked = entriesOf(value, field, mostHeaders).map(([name, one]): [string, string] => {
    const at = `${field}.${name}`
    checkHeaderName(name, at)
    if (names.has(name.toLowerCase())) refuse(at, 'it stands there twice, as names differ by more than their case.')
    names.add(name.toLowerCase())
    if (typeof one !== 'string' || one.length > longestHeader)
      refuse(at, `its value must be a text of at most ${longestHeader} characters.`)
    if (!isHeaderValue(one))
      refuse(at, 'its value has a line break, a NUL or a character beyond Latin-1. Encode it, such as in base64.')
    also(name, one, at)
    return [name, one]
  })
  return Object.fromEntries(checked)
}

const body: check.Check<unknown> = (value, field) => {
  toJson(value, field, longestBody, '')
  checkTemplates(value, field, 0)
  return value
}

function checkTemplates(value: unknown, field: string, depth: number): void {
  if (depth > deepestBody) refuse(field.slice(0, 80), `it is nested deeper than ${deepestBody} levels. Flatten it.`)
  if (typeof value === 'string') parseTemplate(value, field)
  else if (Array.isArray(value))
    for (const [i, one] of value.entries()) checkTemplates(one, `${field}[${i}]`, depth + 1)
  else if (typeof value === 'object' && value !== null)
    for (const [name, one] of Object.entries(value)) checkTemplates(one, `${field}.${name}`, depth + 1)
}

const contentType: check.Check<string> = (value, field) => {
  const text = check.text(200)(value, field)
  if (/^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(\s*;[\x20-\x7e]*)?$/.test(text)) return text
  return refuse(field, `${show(text)} is no media type. Write it as application/json.`)
}

const status: check.Check<readonly (number | string)[]> = (value, field) =>
  listOf(value, field, 1, mostRules).map((one, i) => {
    const text = String(one)
    if (/^[1-5]xx$/i.test(text)) return text.toLowerCase()
    const [from, to = from] = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(text)?.slice(1).map(Number) ?? []
    if (from === undefined || (to ?? from) < from)
      return refuse(`${field}[${i}]`, `${show(one)} is no status. Write 200, '2xx' or '200-299'.`)
    return text.includes('-') ? text : from
  })

const texts: check.Check<readonly string[]> = (value, field) => {
  const list = Array.isArray(value) ? value : [value]
  return listOf(list, field, 0, mostRules).map((one, i) =>
    check.text(2_000)(one, Array.isArray(value) ? `${field}[${i}]` : field),
  )
}

const jsonRules: check.Check<readonly { readonly path: string; readonly equals: unknown }[]> = (value, field) =>
  listOf(value, field, 0, mostRules).map((one, i) => {
    const at = `${field}[${i}]`
    const { path, equals } = within({ path: jsonPath, equals: json })(one, at)
    if (path === undefined) return refuse(`${at}.path`, "it is missing. Write the place in the body: '$.status'.")
    if (equals === undefined) return refuse(`${at}.equals`, 'it is missing. Write what must stand there.')
    return { path, equals }
  })

const jsonPath: check.Check<string> = (value, field) => {
  const text = check.text(500)(value, field)
  return parsePath(text) === null ? refuse(field, `${show(text)} is no path. Write '$.status' or 'items[0].ok'.`) : text
}

const json: check.Check<unknown> = (value, field) => {
  toJson(value, field, 8 * kibi, '')
  return value
}

const signingKeys: check.Check<readonly string[]> = (value, field) =>
  listOf(value, field, 0, 2).map((key, i) => {
    if (typeof key === 'string' && keyBytes(key) !== null) return key
    return refuse(`${field}[${i}]`, 'it is no key. Write "whsec_" and 24 to 64 random bytes in base64.')
  })

const range =
  (least: number, most: number): check.Check<number> =>
  (value, field) => {
    const ms = check.duration(least)(value, field)
    return ms <= most ? ms : refuse(field, `${show(value)} is longer than ${most} ms, the most that is allowed.`)
  }

/** The options of a part, with the whole path in errors. */
const within =
  <C extends check.Checks>(table: C): check.Check<check.Checked<C>> =>
  (value, field) =>
    check.checkOptions(field, value, table, {}, `${field}.`)

const breakerOptions = within({ failures: check.integer(1, 1_000), pause: range(1_000, 900_000) })

const asynchronous: check.Check<{ readonly deadline: number }> = (value, field) => {
  const { deadline } = within({ deadline: range(1_000, 30 * day) })(value, field)
  return deadline === undefined
    ? refuse(`${field}.deadline`, "it is missing. Write how long the target may take: { deadline: '1h' }.")
    : { deadline }
}

const breaker: check.Check<false | check.Checked<{ failures: check.Check<number>; pause: check.Check<number> }>> = (
  value,
  field,
) => (value === false ? false : breakerOptions(value, field))

export const checks = {
  method: check.oneOf<Method>(methods, {
    post: 'POST',
    get: 'GET',
    put: 'PUT',
    patch: 'PATCH',
    delete: 'DELETE',
    head: 'HEAD',
  }),
  url,
  query,
  headers,
  body,
  contentType,
  success: within({ status, bodyContains: texts, bodyLacks: texts, json: jsonRules }),
  retry: check.oneOf(['transient', 'all'] as const),
  redirects: check.integer(0, 10),
  async: asynchronous,
  maxResponse: check.integer(kibi, 16 * kibi * kibi),
  keepResponse: check.integer(0, 64 * kibi),
  breaker,
} satisfies check.Checks

export const secretChecks = { secretHeaders, signingKeys } satisfies check.Checks

/** Names of other tools. */
export const httpHints: Readonly<Record<string, string>> = {
  params: "use `query: { page: '{{input.page}}' }`",
  data: 'use `body`',
  json: 'use `body`, or `success.json` for what the answer must have',
  payload: 'use `body`',
  uri: 'use `url`',
  endpoint: 'use `url`',
  verb: 'use `method`',
  auth: "use `secretHeaders: { authorization: 'Bearer …' }`",
  token: "use `secretHeaders: { authorization: 'Bearer …' }`",
  secrets: 'use `secretHeaders`',
  followRedirects: 'use `redirects: 5`',
  maxRedirects: 'use `redirects: 5`',
  timeout: 'it belongs to the job, beside `http`',
  retries: 'it belongs to the job, beside `http`',
  expectedStatus: "use `success: { status: ['2xx'] }`",
  callback: "use `async: { deadline: '1h' }`",
  signingKey: 'use `signingKeys`, a list',
}

function entriesOf(value: unknown, field: string, most: number): [string, unknown][] {
  check.checkObject(field, value)
  const entries = Object.entries(value).filter(([, one]) => one !== undefined)
  if (entries.some(([name]) => name === '__proto__')) refuse(`${field}.__proto__`, 'no name may be "__proto__".')
  return entries.length <= most ? entries : refuse(field, `there are ${entries.length}, ${most} are allowed.`)
}

function listOf(value: unknown, field: string, least: number, most: number): readonly unknown[] {
  if (Array.isArray(value) && value.length >= least && value.length <= most) return value
  return refuse(field, `${show(value)} is not allowed. It must be a list of ${least} to ${most} values.`)
}
