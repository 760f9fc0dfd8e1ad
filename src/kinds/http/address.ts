/** Which addresses of the network are public. */
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

export type Address = ipaddr.IPv4 | ipaddr.IPv6
/** An address, or a network with the length of its prefix. */
export type Network = readonly [Address, number]

/** @returns null for anything but the plain forms; IPv4 inside IPv6 is IPv4 */
export const parseAddress = (text: string): Address | null => (isIP(text) === 0 ? null : ipaddr.process(text))

/** `10.0.0.0/8`, or an address alone. @returns null for anything else */
export function parseNetwork(text: string): Network | null {
  const [, base = '', bits] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const family = isIP(base)
  const most = family === 4 ? 32 : 128
  const prefix = bits === undefined ? most : Number(bits)
  if (family === 0 || prefix > most || base.includes('%')) return null
  const address = ipaddr.parse(base)
  const mapped = address.kind() === 'ipv6' && (address as ipaddr.IPv6).isIPv4MappedAddress()
  if (!mapped) return [address, prefix]
  return prefix < 96 ? null : [(address as ipaddr.IPv6).toIPv4Address(), prefix - 96]
}

export const isIn = (address: Address, [base, prefix]: Network): boolean =>
  address.kind() === base.kind() && address.match(base, prefix)

const words: Readonly<Record<string, string>> = {
  linkLocal: 'link-local',
  carrierGradeNat: 'of a carrier (CGNAT)',
  uniqueLocal: 'private (unique local)',
  deprecatedSiteLocal: 'private (site-local)',
  rfc6145: 'translated',
  rfc6052: 'translated (NAT64)',
  teredo: 'tunnelled (Teredo)',
  '6to4': 'tunnelled (6to4)',
  broadcast: 'broadcast',
  multicast: 'multicast',
  unspecified: 'unspecified',
  loopback: 'loopback',
  private: 'private',
}

/**
 * What kind of address it is, in words; null where it is public. What is not known to be public is not: of IPv6 only 2000::/3 is
 * given out at all, which leaves out IPv4-compatible addresses, too.
 */
export function kindOf(address: Address): string | null {
  const range: string = address.range()
  const given = address.kind() === 'ipv4' || ((address as ipaddr.IPv6).parts[0] as number) >> 13 === 1
  if (range === 'unicast' && given) return null
  return words[range] ?? 'reserved'
}
