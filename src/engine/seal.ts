/** Secrets at rest: AES-256-GCM. What is sealed for one place cannot be opened at another. */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { RotaError } from '../job/errors.ts'

const version = 'v1'
const ivBytes = 12
const tagBytes = 16

/** Tells in what is sealed by which key, without telling the key. */
const idOf = (key: Uint8Array): string => createHash('sha256').update(key).digest('base64url').slice(0, 8)

/** @param place what the secret belongs to, such as `handler:mail header:authorization` */
export function seal(key: Uint8Array, place: string, secret: string): string {
  const iv = randomBytes(ivBytes)
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(place))
  const sealed = Buffer.concat([iv, cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()])
  return [version, idOf(key), sealed.toString('base64url')].join('.')
}

/** @throws RotaError `secret_invalid` where it was sealed with another secret, for another place, or changed since */
export function unseal(key: Uint8Array, place: string, text: string): string {
  const [how, id, data = ''] = text.split('.')
  if (how !== version || id !== idOf(key)) throw notOurs(place)
  const sealed = Buffer.from(data, 'base64url')
  const end = sealed.length - tagBytes
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, ivBytes))
      .setAAD(Buffer.from(place))
      .setAuthTag(sealed.subarray(end))
    return Buffer.concat([decipher.update(sealed.subarray(ivBytes, end)), decipher.final()]).toString('utf8')
  } catch {
    throw notOurs(place)
  }
}

const notOurs = (place: string) =>
  new RotaError(
    'secret_invalid',
    `The secret of ${place} was encrypted with another secret than this process has. Give all processes the same ROTA_SECRET, or put the definition anew with its secrets.`,
    { field: 'secret' },
  )
