/** Jobs that make a request: how their definitions are kept, and what the end of a request means for the job. */
import { Verdict } from '../../job/context.ts'
import { RotaError, show } from '../../job/errors.ts'
import type { Checked, Earlier, Kind, Secrets } from '../kind.ts'
import { mostHeaders } from './headers.ts'
import { createRedactor } from './redact.ts'
import type { Clean, Reports, Told } from './reports.ts'
import type { HttpOutcome, HttpRunner } from './run.ts'
import { checkHttp, type HttpSpec, readHttp } from './spec.ts'
import { originOf } from './url.ts'

export interface HttpKindOptions {
  /** Loaded with the first request. */
  readonly runner: () => Promise<HttpRunner>
  readonly reports: Reports
  readonly newKey: () => string
}

const headerPrefix = 'header:'
const signingPrefix = 'signing:'
/** Names of the keys that sign: of the newest, and of the one before. */
export const signingNames = [`${signingPrefix}0`, `${signingPrefix}1`] as const

export function httpKind({ runner, reports, newKey }: HttpKindOptions): Kind<HttpSpec> {
  return {
    name: 'http',
    read: readHttp,
    check: (value, field, earlier, makes) => checkDefinition(value, field, earlier, makes ? newKey : null),
    shown: (spec, secrets) => ({
      ...spec,
      secretHeaders: namesOf(secrets, headerPrefix),
      signingKeys: namesOf(secrets, signingPrefix).length,
    }),
    async run({ spec, secrets }, input, context) {
      const own = { headers: valuesOf(secrets, headerPrefix), signingKeys: keysOf(secrets) }
      const from = performance.now()
      const clean: Clean = (value) => createRedactor(Object.values(secrets)).json(value)
      // Whatever the definition says by now: an earlier start of this try may have sent it.
      const told = spec.async === undefined && context.fence === 1 ? null : await reports.told(context, clean)
      if (told !== null) return resultOf(told)
      const callback =
        spec.async === undefined
          ? null
          : {
              url: await reports.address(context),
              deadline: new Date(context.startedAt.getTime() + spec.async.deadline),
            }
      const outcome = await (await runner()).run({ spec, secrets: own, input, context, callback })
      const early = callback === null || outcome.kind === 'accepted' ? null : await reports.early(context, clean)
      if (early !== null) return resultOf(early)
      if (outcome.kind !== 'accepted') return verdictOf(outcome)
      const left = (spec.async?.deadline ?? 0) - (performance.now() - from)
      return resultOf(await reports.wait(context, Math.max(1, Math.round(left)), clean))
    },
  }
}

const resultOf = (told: Told): unknown => (told instanceof Verdict ? told : told.output)

function verdictOf(outcome: Exclude<HttpOutcome, { kind: 'accepted' }>): unknown {
  switch (outcome.kind) {
    case 'done':
      return outcome.output
    case 'circuit_open':
      return new Verdict({ kind: 'snooze', delay: apart(outcome.delay), reason: 'circuit_open' })
    case 'failed': {
      const { error, retryable, retryAfter } = outcome
      const { name, message, code } = error
      return new Verdict({
        kind: 'failure',
        error: { name, message, code },
        reason: retryable ? null : 'non_retryable',
        retryable,
        ...(retryAfter !== null && { delay: retryAfter }),
      })
    }
  }
}

/** Up to half as long again by chance: those that wait for the same origin must not all come back at once. */
const apart = (delay: number): number => Math.ceil(delay * (1 + Math.random() / 2))

const namesOf = (secrets: readonly string[], prefix: string): string[] =>
  secrets.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length))

const valuesOf = (secrets: Secrets, prefix: string): Record<string, string> =>
  Object.fromEntries(namesOf(Object.keys(secrets), prefix).map((name) => [name, secrets[prefix + name] as string]))

const keysOf = (secrets: Secrets): string[] =>
  Object.entries(valuesOf(secrets, signingPrefix))
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, key]) => key)

/** In the place of a secret header: it stays as it is. */
const kept = true

function checkDefinition(
  value: unknown,
  field: string,
  earlier: Earlier<HttpSpec> | null,
  newKey: (() => string) | null,
): Checked<HttpSpec> {
  const { said, keep } = withoutKept(value, `${field}.secretHeaders`, earlier)
  const { spec, secrets } = checkHttp(said, field)
  const before = earlier?.secrets ?? []
  const names =
    secrets.headers === undefined && keep === null
      ? before.filter((name) => name.startsWith(headerPrefix))
      : (keep ?? [])
  if (names.length > 0 && earlier !== null && originOf(spec.url) !== originOf(earlier.spec.url))
    throw elsewhere(names, field)
  checkTogether(names, spec, secrets.headers, field)
  const headers = [
    ...names.map((name) => [name, kept] as const),
    ...Object.entries(secrets.headers ?? {}).map(([name, text]) => [headerPrefix + name.toLowerCase(), text] as const),
  ]
  const keptKeys = before.filter((name) => name.startsWith(signingPrefix))
  const made = secrets.signingKeys === undefined && earlier === null && newKey !== null ? newKey() : null
  const given = secrets.signingKeys ?? (made === null ? null : [made])
  const keys =
    given?.map((key, i) => [`${signingPrefix}${i}`, key] as const) ?? keptKeys.map((name) => [name, kept] as const)
  return { spec, secrets: Object.fromEntries([...headers, ...keys]), made }
}

/** Those that stay count with those that are given. */
function checkTogether(
  keptNames: readonly string[],
  { headers }: HttpSpec,
  given: Readonly<Record<string, unknown>> | undefined,
  field: string,
): void {
  const open = new Set(Object.keys(headers).map((name) => name.toLowerCase()))
  const twice = keptNames.map((name) => name.slice(headerPrefix.length)).find((name) => open.has(name))
  if (twice !== undefined) {
    const message = `${field}.headers.${twice}: a secret header of this name is stored. Leave one of them out.`
    throw new RotaError('option_invalid', message, { field: `${field}.headers.${twice}` })
  }
  if (keptNames.length + Object.keys(given ?? {}).length <= mostHeaders) return
  const message = `${field}.secretHeaders: with those that are stored there would be more than ${mostHeaders}. Say which stay.`
  throw new RotaError('option_invalid', message, { field: `${field}.secretHeaders` })
}

/** Secret headers that are to stay as they are; null where nothing was said of any header. */
function withoutKept(
  value: unknown,
  field: string,
  earlier: Earlier<HttpSpec> | null,
): { said: unknown; keep: string[] | null } {
  const headers =
    typeof value === 'object' && value !== null && 'secretHeaders' in value ? value.secretHeaders : undefined
  if (typeof headers !== 'object' || headers === null) return { said: value, keep: null }
  const names = Object.entries(headers).flatMap(([name, text]) => (text === kept ? [name] : []))
  const keep = names.map((name) => headerPrefix + name.toLowerCase())
  const missing = keep.find((name) => !(earlier?.secrets.includes(name) ?? false))
  if (missing !== undefined) {
    const name = missing.slice(headerPrefix.length)
    const message = `${field}.${name}: true keeps the value that is stored, and there is none. Give it.`
    throw new RotaError('option_invalid', message, { field: `${field}.${name}` })
  }
  const given = Object.fromEntries(Object.entries(headers).filter(([, text]) => text !== kept))
  return { said: { ...(value as object), secretHeaders: given }, keep }
}

/** Whoever may change a definition does not get to read its secrets by sending them to a host of their own. */
function elsewhere(names: readonly string[], field: string): RotaError {
  const headers = names.map((name) => name.slice(headerPrefix.length)).join(', ')
  const message = `${field}.secretHeaders: the URL has another origin than before, so the secret headers that are stored do not go with it. Give ${show(headers)} anew, or {} for none.`
  return new RotaError('option_invalid', message, { field: `${field}.secretHeaders` })
}
