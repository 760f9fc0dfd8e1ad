/** From which address of the network a request comes. What a proxy says of it counts only where the proxy is one of ours. */
import { BlockList, isIP } from 'node:net'
import { RotaError, show } from '../job/errors.ts'

/** What the transport knows of a request, beside what the request says itself. */
export interface Peer {
  /** Of the other end of the connection; null where the framework does not tell. */
  readonly address: string | null
  /** The connection is encrypted. */
  readonly encrypted: boolean
}

/** Where a request comes from. */
export interface Origin {
  readonly address: string | null
  /** By which protocol the person or program sent it. */
  readonly protocol: 'http' | 'https'
  /** It was sent by this machine, and nothing says that somebody else's request was passed on. */
  readonly local: boolean
}

const forwarding = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip', 'via']

/**
 * @param proxies addresses or networks (`10.0.0.0/8`)
 * @throws RotaError `option_invalid`
 */
export function originReader(proxies: readonly string[]): (headers: Headers, peer: Peer) => Origin {
  const trusted = blockList(proxies)
  const isTrusted = (address: string) => trusted.check(plain(address), isIP(plain(address)) === 6 ? 'ipv6' : 'ipv4')
  return (headers, { address, encrypted }) => {
    const direct = address === null ? null : plain(address)
    const protocol = encrypted ? 'https' : 'http'
    const passedOn = forwarding.some((name) => headers.has(name))
    if (direct === null || !passedOn || !isTrusted(direct))
      return { address: direct, protocol, local: direct !== null && isLoopback(direct) && !passedOn }
    const chain = (headers.get('x-forwarded-for') ?? '').split(',').map((part) => plain(withoutPort(part.trim())))
    const last = chain.filter((part) => isIP(part) !== 0).findLast((part) => !isTrusted(part))
    const said = headers.get('x-forwarded-proto')?.split(',').at(-1)?.trim()
    return { address: last ?? direct, protocol: said === 'https' ? 'https' : protocol, local: false }
  }
}

function blockList(proxies: readonly string[]): BlockList {
  const list = new BlockList()
  for (const proxy of proxies) {
    const [address = '', bits] = proxy.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    try {
      if (bits === undefined) list.addAddress(address, family)
      else list.addSubnet(address, Number(bits), family)
    } catch {
      const message = `proxies: ${show(proxy)} is no address and no network. Write "10.0.0.1" or "10.0.0.0/8".`
      throw new RotaError('option_invalid', message, { field: 'proxies' })
    }
  }
  return list
}

const withoutPort = (address: string): string =>
  address.replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1').replace(/^(\[.*\]):\d+$/, '$1')

/** Without the prefix that IPv4 has on a socket of IPv6. */
const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/^\[|\]$/g, '')

export const isLoopback = (address: string): boolean => address === '::1' || /^127\./.test(plain(address))

/** A name by which a machine calls itself. */
export const isLoopbackName = (host: string): boolean => /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i.test(host)

/** Whoever asks sits at this machine, and calls it by one of its own names: a page of another site would have to name that. */
export const isHere = ({ local }: Origin, headers: Headers): boolean =>
  local && isLoopbackName(headers.get('host') ?? '')
