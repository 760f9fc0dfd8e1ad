/**
 * Who comes in. A request is anonymous → (token, key, cookie, or this machine in development) a caller → allowed by the role, and by the
 * lanes of a key. What a browser adds by itself, a cookie or the trust in this machine, counts only for requests of our own pages.
 */
import { mayDo, type OperationMeta } from '../api/operation.ts'
import { RotaError } from '../job/errors.ts'
import type { Origin } from './address.ts'
import { isHere } from './address.ts'
import type { Sessions, SignedIn } from './auth/sessions.ts'
import type { Caller } from './call.ts'
import { keyPrefix, type People } from './people.ts'

export interface GuardOptions {
  readonly people: People
  readonly sessions: Sessions
  /** Development: whoever comes from this machine is its administrator. */
  readonly trustLocal: boolean
}

export const cookieName = (secure: boolean): string => (secure ? '__Host-rota_session' : 'rota_session')

/** Who is asking; null for nobody. */
export async function callerOf(
  headers: Headers,
  origin: Origin,
  { people, sessions, trustLocal }: GuardOptions,
): Promise<Caller | null> {
  const token = bearerIn(headers.get('authorization'))
  if (token !== null) return token.startsWith(keyPrefix) ? byKey(people, token) : bySession(sessions, token, 'token')
  const cookie = cookieIn(headers.get('cookie'), origin.protocol === 'https')
  const caller = cookie === null ? null : await bySession(sessions, cookie, 'cookie')
  if (caller !== null || !trustLocal) return caller
  return isHere(origin, headers) && !isCrossSite(headers) ? local : null
}

const local: Caller = {
  actor: { kind: 'local', id: '', name: 'local user' },
  role: 'admin',
  lanes: null,
  by: 'local',
  email: null,
  token: null,
}

async function byKey(people: People, secret: string): Promise<Caller | null> {
  const key = await people.keyFor(secret)
  if (key === null) return null
  const { id, name, role, lanes } = key
  return { actor: { kind: 'key', id, name }, role, lanes, by: 'key', email: null, token: null }
}

async function bySession(sessions: Sessions, token: string, by: 'token' | 'cookie'): Promise<Caller | null> {
  const user = tokenPattern.test(token) ? await sessions.userOf(token) : null
  return user && callerOfUser(user, token, by)
}

export const callerOfUser = ({ id, email, role }: SignedIn, token: string, by: 'token' | 'cookie'): Caller => ({
  actor: { kind: 'user', id, name: email },
  role,
  lanes: null,
  by,
  email,
  token,
})

/** What a token of ours may consist of; anything else could not even be passed on. */
const tokenPattern = /^[\w.~+/=%-]{1,500}$/

const bearerIn = (header: string | null): string | null => /^bearer +(\S+)$/i.exec(header ?? '')?.[1] ?? null

function cookieIn(header: string | null, secure: boolean): string | null {
  const name = cookieName(secure)
  for (const part of (header ?? '').split(';')) {
    const [key, value] = part.trim().split('=', 2)
    if (key === name && value) return decode(value)
  }
  return null
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

/** @throws RotaError `sign_in_required`, `not_allowed` */
export function checkAllowed(caller: Caller | null, { permission, lanes }: OperationMeta): void {
  if (permission === undefined)
    throw new RotaError('not_allowed', 'This operation has no permission, so nobody may call it.')
  if (permission !== 'public' && caller === null)
    throw new RotaError(
      'sign_in_required',
      'Sign in: send `Authorization: Bearer <token or API key>`; the command line takes it from ROTA_TOKEN.',
    )
  if (!mayDo(caller?.role ?? null, permission) && permission !== 'public') {
    const message = `The role "${caller?.role}" may not do this: it takes one that may ${permission}.`
    throw new RotaError('not_allowed', message)
  }
  if (caller?.lanes && lanes === undefined)
    throw new RotaError(
      'not_allowed',
      `This key is limited to the lanes ${caller.lanes.join(', ')}, and this concerns all.`,
    )
}

/**
 * A cookie and the trust in this machine come with every request of a browser, whatever page sent it.
 *
 * @param own the origins of our own pages
 * @throws RotaError `origin_refused`
 */
export function checkOrigin(caller: Caller | null, method: string, headers: Headers, own: readonly string[]): void {
  if (method === 'GET' || method === 'HEAD' || method === 'OPTIONS') return
  if (caller?.by === 'token' || caller?.by === 'key') return
  const origin = headers.get('origin')
  const site = headers.get('sec-fetch-site')
  if (isCrossSite(headers) || (origin !== null && !own.includes(origin))) throw refused()
  if (caller?.by === 'cookie' && origin === null && site === null) throw refused()
}

const isCrossSite = (headers: Headers): boolean => {
  const site = headers.get('sec-fetch-site')
  return site !== null && site !== 'same-origin' && site !== 'none'
}

const refused = () =>
  new RotaError(
    'origin_refused',
    'A page of another site sent this request with a sign-in of this one. It was not carried out.',
  )
