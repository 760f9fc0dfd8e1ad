/** Standard Webhooks: how a target knows that a request is from here, and that nobody changed it. */
import { createHmac, randomBytes } from 'node:crypto'
import type { HeaderMap } from './headers.ts'

const prefix = 'whsec_'

/** 32 random bytes. */
export const newSigningKey = (): string => prefix + randomBytes(32).toString('base64')

/** @returns null where it is no key of 24 to 64 bytes */
export function keyBytes(key: string): Buffer | null {
  if (!key.startsWith(prefix) || key.length > 200) return null
  const bytes = Buffer.from(key.slice(prefix.length), 'base64')
  const whole = bytes.toString('base64') === key.slice(prefix.length)
  return whole && bytes.length >= 24 && bytes.length <= 64 ? bytes : null
}

/** @param at milliseconds since 1970 */
export function signed(id: string, at: number, body: Buffer | null, keys: readonly string[]): HeaderMap {
  if (keys.length === 0) return {}
  const timestamp = String(Math.floor(at / 1_000))
  const signatures = keys.map((key) => {
    const hmac = createHmac('sha256', keyBytes(key) ?? '').update(`${id}.${timestamp}.`)
    return `v1,${hmac.update(body ?? '').digest('base64')}`
  })
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') }
}
