/** Standard Webhooks with WebCrypto, so that it runs wherever `fetch` does. */
import { RotaError } from '../job/errors.ts'

/** What is looked at of a request that is signed. */
export interface Signed {
  readonly id: string
  /** Seconds since 1970. */
  readonly timestamp: string
  /** `v1,<base64>`, several with spaces between, or with commas where several headers were made one. */
  readonly signatures: string
  readonly body: Uint8Array<ArrayBuffer>
}

type Key = Awaited<ReturnType<typeof crypto.subtle.importKey>>

const hmac = { name: 'HMAC', hash: 'SHA-256' }
const mostSignatures = 10

/** Whether one of the signatures was made with one of the keys; the comparison is WebCrypto's own, in constant time. */
export async function isSignedBy(keys: readonly Key[], signed: Signed): Promise<boolean> {
  const head = new TextEncoder().encode(`${signed.id}.${signed.timestamp}.`)
  const content = new Uint8Array(head.length + signed.body.length)
  content.set(head)
  content.set(signed.body, head.length)
  const signatures = signed.signatures.split(/,? +/, mostSignatures).flatMap((one) => {
    const bytes = one.startsWith('v1,') ? bytesOf(one.slice(3)) : null
    return bytes === null ? [] : [bytes]
  })
  for (const key of keys)
    for (const signature of signatures) if (await crypto.subtle.verify(hmac, key, signature, content)) return true
  return false
}

/** @throws RotaError `option_invalid` */
export async function readKeys(keys: string | readonly string[]): Promise<Key[]> {
  const list = Array.isArray(keys) ? keys : [keys]
  if (list.length === 0) refuse('there is none. Give the key that the definition was made with.')
  return Promise.all(
    list.map((key) => {
      const bytes = typeof key === 'string' ? bytesOf(key.replace(/^whsec_/, '')) : null
      if (bytes === null || bytes.length < 24) refuse('it is no key. It begins with "whsec_" and goes on in base64.')
      return crypto.subtle.importKey('raw', bytes, hmac, false, ['verify'])
    }),
  )
}

function refuse(why: string): never {
  throw new RotaError('option_invalid', `keys: ${why}`, { field: 'keys' })
}

/** @returns null where it is no base64 */
function bytesOf(base64: string): Uint8Array<ArrayBuffer> | null {
  if (base64 === '' || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) return null
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
  } catch {
    return null
  }
}
