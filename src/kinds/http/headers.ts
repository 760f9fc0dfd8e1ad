/** Which headers people may set, and which ones are secrets. */
import { show } from '../../job/errors.ts'
import { refuse } from './fault.ts'

/** By their names; of each name there is one. */
export type HeaderMap = Readonly<Record<string, string>>

/** Of each sort, in one definition. */
export const mostHeaders = 50

/** Those of a connection or of the framing, which HTTP itself writes. */
const ofTransport =
  /^(connection|keep-alive|te|trailer|transfer-encoding|upgrade|content-length|expect|host|http2-settings|proxy-.*)$/
/** Those that Rota writes. */
const ours = /^(webhook-.*|rota-.*|traceparent|tracestate|idempotency-key)$/
const credentials = /^(authorization|cookie2?|set-cookie2?|x-amz-security-token|private-token|.*-authorization)$/
const credentialWords =
  /(^|[-_])(auth|authentication|bearer|tokens?|secrets?|pass|password|passwd|passphrase|pwd|credentials?|session|sessionid|jwt|apikey|api[-_]?key|access[-_]?key)([-_]|$)/
/** `x-functions-key`, `ocp-apim-subscription-key` and their like, but for keys that only name something. */
const keys = /(^|[-_])(?<!(^|[-_])(idempotency|cache|surrogate|partition|routing|sort)[-_])key$/

const namePattern = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,200}$/
/** What a header can carry: visible Latin-1, spaces and tabs. A line break would begin another header. */
const valuePattern = /^[\t\x20-\x7e\x80-\xff]*$/

/** Its value opens a door, so it is kept apart, sealed, and never shown. */
export const isCredential = (name: string): boolean => {
  const lower = name.toLowerCase()
  return credentials.test(lower) || credentialWords.test(lower) || keys.test(lower)
}

/** Also those that only hint at a person: they are not logged. */
export const isSensitive = (name: string): boolean => isCredential(name) || /session|signature|csrf|xsrf/i.test(name)

/** Of those that people set, what may go to another origin: it says what is sent and what is wanted, and nothing of who asks. */
export const isPortable = (name: string): boolean => /^(accept|accept-language|content-type)$/i.test(name)

/** @throws RotaError `option_invalid` for what is no name, or not for people to set */
export function checkHeaderName(name: string, field: string): void {
  const lower = name.toLowerCase()
  if (!namePattern.test(name)) refuse(field, `${show(name)} is no name of a header. Use letters, digits and "-".`)
  if (ofTransport.test(lower))
    refuse(field, `"${name}" belongs to the connection, which Rota makes itself. Leave it out.`)
  if (ours.test(lower)) refuse(field, `"${name}" is written by Rota itself. Take another name, or leave it out.`)
}

/** Whether it can be sent as it is. */
export const isHeaderValue = (value: string): boolean => valuePattern.test(value)

/** Later ones count, whatever the case of their names. */
export function merged(...layers: readonly HeaderMap[]): HeaderMap {
  const byName = new Map<string, [string, string]>()
  for (const [name, value] of layers.flatMap((layer) => Object.entries(layer)))
    byName.set(name.toLowerCase(), [name, value])
  return Object.fromEntries(byName.values())
}
