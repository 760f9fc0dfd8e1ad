/** Passwords are kept as argon2id (RFC 9106) with 19 MiB and two passes, the least that OWASP recommends for it. */
import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { longestPassword, shortestPassword } from '../../api/people.ts'
import { RotaError } from '../../job/errors.ts'

const cost = { memory: 19_456, passes: 2, parallelism: 1 }
const derive = promisify(argon2)

/** @throws RotaError `password_weak` */
export function checkPassword(password: string): string {
  if (password.length >= shortestPassword && password.length <= longestPassword) return password
  const message = `password: it must have ${shortestPassword} to ${longestPassword} characters.`
  throw new RotaError('password_weak', message, { field: 'password' })
}

/** `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>` */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const { memory, passes, parallelism } = cost
  const hash = await derived(password, salt, cost)
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${salt.toString('base64url')}$${hash.toString('base64url')}`
}

export async function verifyPassword(stored: string, password: string): Promise<boolean> {
  const found = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w-]+)\$([\w-]+)$/.exec(stored)
  if (found === null) return false
  const [, memory, passes, parallelism, salt = '', hash = ''] = found
  const own = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) }
  return timingSafeEqual(await derived(password, Buffer.from(salt, 'base64url'), own), Buffer.from(hash, 'base64url'))
}

function derived(password: string, nonce: Buffer, own: typeof cost): Promise<Buffer> {
  return derive('argon2id', { message: password.normalize('NFKC'), nonce, tagLength: 32, ...own })
}
