/**
 * The guard in front of every request: only public addresses, and what is allowed beside them. A name is looked up once, every
 * address that it has must be fit, and the connection goes to what was looked at: an answer that changes a moment later changes nothing.
 */
import { lookup as dnsLookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { RotaError, show } from '../../job/errors.ts'
import { type Address, isIn, kindOf, type Network, parseAddress, parseNetwork } from './address.ts'
import { failedAt } from './fault.ts'

/** All addresses of a name. */
export type Lookup = (hostname: string) => Promise<readonly string[]>

export interface GuardOptions {
  /** As `checkAllow` takes them. */
  readonly allow: readonly string[]
  /** @default that of the operating system */
  readonly lookup?: Lookup | undefined
}

/** An address that may be connected to. */
export interface Vetted {
  readonly address: string
  readonly family: 4 | 6
}

export interface Guard {
  /** @throws RotaError `target_refused`, `http_failed`; what the lookup throws */
  vet(url: URL): Promise<readonly Vetted[]>
}

/** What one entry of `allow` allows. */
interface Rule {
  readonly port: string | null
  readonly network: Network | null
  readonly isName: (host: string) => boolean
}

/** @throws RotaError as `checkAllow` */
export function createGuard({ allow, lookup = systemLookup }: GuardOptions): Guard {
  const rules = checkAllow(allow)
  return {
    async vet(url) {
      const host = hostOf(url)
      if (url.protocol !== 'http:' && url.protocol !== 'https:')
        refuse(host, `${url.protocol.slice(0, 40)} is no protocol of HTTP. Use http: or https:.`)
      const port = url.port || (url.protocol === 'https:' ? '443' : '80')
      const fitting = rules.filter((rule) => rule.port === null || rule.port === port)
      const found = isIP(host) === 0 ? await lookup(host) : [host]
      if (found.length === 0) throw failedAt(host, 'its name leads to no address')
      const named = fitting.some((rule) => rule.isName(host))
      return found.map((text) => vetOne(text, host, named, fitting))
    },
  }
}

function vetOne(text: string, host: string, named: boolean, rules: readonly Rule[]): Vetted {
  const address = parseAddress(text)
  if (address === null) refuse(host, 'its name leads to something that is no address.')
  const kind = kindOf(address)
  if (kind !== null && !named && !isAllowed(address, rules))
    refuse(
      host,
      `it is at a ${kind} address, and jobs reach public ones only. If it is meant to be reached, add it to \`http.allow\`.`,
    )
  return { address: address.toString(), family: address.kind() === 'ipv4' ? 4 : 6 }
}

const isAllowed = (address: Address, rules: readonly Rule[]): boolean =>
  rules.some(({ network }) => network !== null && isIn(address, network))

/** Without brackets, and without the dot that may end a name. */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')

const systemLookup: Lookup = async (hostname) =>
  (await dnsLookup(hostname, { all: true })).map(({ address }) => address)

const namePattern = /^(\*\.)?([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i

/**
 * Addresses (`10.0.0.7`, `[::1]:8080`), networks (`10.0.0.0/8`) and names (`internal.example.com`, `*.svc.local`), each with a port
 * where only that is meant. A name allows every address that it has; an address or a network allows every name that leads there.
 *
 * @throws RotaError `option_invalid`
 */
export function checkAllow(allow: readonly string[], field = 'http.allow'): readonly Rule[] {
  if (!Array.isArray(allow)) invalid(field, allow, field)
  return allow.map((entry, i) => ruleOf(entry, `${field}[${i}]`, field))
}

function ruleOf(entry: unknown, field: string, all: string): Rule {
  if (typeof entry !== 'string' || entry.length > 300) invalid(field, entry, all)
  const bare = parseNetwork(entry)
  if (bare !== null) return { port: null, network: bare, isName: () => false }
  const [, bracketed, plain, port = null] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d{1,5}))?$/.exec(entry) ?? []
  const host = bracketed ?? plain ?? ''
  const network = parseNetwork(host)
  const fits = port === null || (Number(port) >= 1 && Number(port) <= 65_535)
  if (!fits || (bracketed !== undefined && network === null)) invalid(field, entry, all)
  const ported = port === null ? null : String(Number(port))
  if (network !== null) return { port: ported, network, isName: () => false }
  const name = host.replace(/\.$/, '').toLowerCase()
  // a name that ends in a number is an address to a browser, in one of its odd spellings
  if (!namePattern.test(name) || /(^|\.)(\d+|0x[0-9a-f]*)$/.test(name)) invalid(field, entry, all)
  return { port: ported, network: null, isName: matcher(name) }
}

const matcher = (name: string): ((host: string) => boolean) =>
  name.startsWith('*.') ? (host) => host.endsWith(name.slice(1)) && host.length >= name.length : (host) => host === name

function refuse(host: string, why: string): never {
  throw new RotaError('target_refused', `The request to ${host.slice(0, 255)} was not sent: ${why}`)
}

function invalid(field: string, value: unknown, all: string): never {
  const forms = '"10.0.0.0/8", "10.0.0.7:8080", "internal.example.com" or "*.svc.local"'
  const message = `${field}: ${show(value)} is no address, no network and no name. Write ${all} as a list such as ${forms}.`
  throw new RotaError('option_invalid', message, { field })
}
