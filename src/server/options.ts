/** The options of a server, with their checks. */
import { peopleRoles } from '../api/roles.ts'
import { RotaError } from '../job/errors.ts'
import * as check from '../job/options.ts'
import { originReader } from './address.ts'
import type { OidcProvider } from './auth/sessions.ts'

/** What was removed of a demo. */
export interface DemoRemoved {
  readonly schedules: number
  readonly jobs: number
  readonly definitions: number
}

/** The data of the demo of `rota dev`. */
export interface DemoDesk {
  /** Whether there are any. */
  present(): Promise<boolean>
  /** Ends the demo and deletes all that it has stored. */
  remove(): Promise<DemoRemoved>
}

/** How a server is set up. */
export interface ServerOptions {
  /**
   * Signs sessions; at least 32 characters, and the same on all servers of a storage. It is never stored in the database.
   * @default environment `ROTA_SECRET`, then what stands in `secretFile`
   */
  readonly secret?: string
  /** Where a secret is kept that the server makes itself. @default `rota.secret` beside the SQLite file, or in the working directory */
  readonly secretFile?: string
  /** The secret may be another than before: all sessions end, and stored secrets of HTTP jobs and open addresses of reports become worthless. @default false */
  readonly newSecret?: boolean
  /** How people reach the server from outside, with its base path; needed for `oidc`. @default as each request says */
  readonly url?: string
  /** Whether anybody may register, as a viewer. The first administrator always may, from this machine or with the set-up token. @default 'closed' */
  readonly registration?: 'open' | 'closed'
  /** Providers of OpenID Connect by which people may sign in. @default none */
  readonly oidc?: readonly OidcProvider[]
  /** Addresses or networks (`10.0.0.0/8`) of proxies whose `X-Forwarded-For` counts. @default none */
  readonly proxies?: readonly string[]
  /** Names by which the server may be called beside its own and that of `url`. Others are refused where it listens on this machine only. @default any, where it listens on the network */
  readonly hosts?: readonly string[]
  /** In front of `/api`, such as `/rota`. @default found out by each request */
  readonly basePath?: string
  /** Whoever comes from this machine is its administrator, without signing in: for development only. @default false */
  readonly trustLocal?: boolean
  /** Called with what went wrong inside; the answer only has the id. @default written to stderr */
  readonly onError?: (error: unknown, id: string) => void
  /** @internal Of `rota dev`. */
  readonly demo?: DemoDesk
}

/** @throws RotaError `option_invalid`, `option_unknown` */
export function serverOptions(options: ServerOptions): ServerOptions {
  const set = check.checkOptions('createServer', options, {
    secret: check.text(1_000),
    secretFile: check.text(4_096),
    newSecret: check.boolean,
    url: httpUrl,
    registration: check.oneOf(['open', 'closed'] as const),
    oidc: providers,
    proxies: texts,
    hosts: texts,
    basePath: (value, field) => check.text(200, 0)(value, field),
    trustLocal: check.boolean,
    onError: check.func,
    demo: desk,
  }) as ServerOptions
  originReader(set.proxies ?? [])
  if (set.oidc?.length && set.url === undefined) {
    const message = 'createServer: "oidc" needs "url", because providers send people back to it.'
    throw new RotaError('option_invalid', message, { field: 'url' })
  }
  return set
}

const desk: check.Check<DemoDesk> = (value) => value as DemoDesk

const httpUrl: check.Check<string> = (value, field) => {
  const url = URL.parse(check.text(2_000)(value, field))
  if (url !== null && /^https?:$/.test(url.protocol)) return url.href.replace(/\/$/, '')
  throw new RotaError('option_invalid', `${field}: write it as https://jobs.example.com`, { field })
}

const texts: check.Check<readonly string[]> = (value, field) => {
  if (Array.isArray(value)) return value.map((one, i) => check.text(255)(one, `${field}[${i}]`))
  throw new RotaError('option_invalid', `${field}: it must be a list of texts.`, { field })
}

const providers: check.Check<readonly OidcProvider[]> = (value, field) => {
  if (!Array.isArray(value)) throw new RotaError('option_invalid', `${field}: it must be a list.`, { field })
  return value.map((one, i) => {
    const provider = check.checkOptions(`${field}[${i}]`, one, {
      id: check.name,
      name: check.text(100),
      discoveryUrl: httpUrl,
      clientId: check.text(500),
      clientSecret: check.text(2_000),
      scopes: texts,
      domains: texts,
      role: check.oneOf(peopleRoles),
    })
    for (const name of ['id', 'discoveryUrl', 'clientId', 'clientSecret'] as const)
      if (provider[name] === undefined)
        throw new RotaError('option_invalid', `${field}[${i}]: "${name}" is missing.`, {
          field: `${field}[${i}].${name}`,
        })
    return provider as OidcProvider
  })
}
