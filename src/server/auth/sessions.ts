/** Signing in and sessions, by better-auth on our tables. */

import { betterAuth } from 'better-auth'
import { APIError } from 'better-auth/api'
import { bearer } from 'better-auth/plugins/bearer'
import { genericOAuth } from 'better-auth/plugins/generic-oauth'
import { longestPassword, shortestPassword } from '../../api/people.ts'
import type { PersonRole } from '../../api/roles.ts'
import { isRotaError } from '../../job/errors.ts'
import type { Storage } from '../../storage/contract.ts'
import { authAdapter } from './adapter.ts'
import { hashPassword, verifyPassword } from './password.ts'

/** A provider of OpenID Connect by which people may sign in. */
export interface OidcProvider {
  /** As in the address of the callback: `<url>/api/auth/callback/<id>`. */
  readonly id: string
  /** For the sign-in page. @default the id */
  readonly name?: string
  /** Where its configuration stands: `https://accounts.example/.well-known/openid-configuration`. */
  readonly discoveryUrl: string
  /** As the provider knows this server. */
  readonly clientId: string
  /** What the provider gave with it. */
  readonly clientSecret: string
  /** @default ['openid', 'email', 'profile'] */
  readonly scopes?: readonly string[]
  /** Only addresses of these domains may sign in. @default any that the provider lets in */
  readonly domains?: readonly string[]
  /** The role of somebody who signs in for the first time. @default 'viewer' */
  readonly role?: PersonRole
}

export interface SessionOptions {
  readonly open: () => Promise<Storage>
  readonly secret: string
  /** How people reach the server, with the base path, for the callbacks of providers. */
  readonly url: string
  readonly oidc: readonly OidcProvider[]
}

const day = 86_400

/** Seconds. */
export const sessionLength = 7 * day

export function createSessions({ open, secret, url, oidc }: SessionOptions) {
  const base = `${url.replace(/\/$/, '')}/api/auth`
  const home = `${new URL(url).pathname.replace(/\/$/, '')}/`
  /** The library makes somebody only where a provider let them in. */
  const roleBy = (provider: unknown): PersonRole => oidc.find(({ id }) => id === provider)?.role ?? 'viewer'
  const auth = betterAuth({
    secret,
    baseURL: url,
    basePath: new URL(base).pathname,
    database: authAdapter(open),
    trustedOrigins: [new URL(url).origin],
    emailAndPassword: {
      enabled: true,
      disableSignUp: true, // people are added by `people.ts`, under its rules
      minPasswordLength: shortestPassword,
      maxPasswordLength: longestPassword,
      password: { hash: hashPassword, verify: ({ hash, password }) => verifyPassword(hash, password) },
    },
    user: { additionalFields: { role: { type: 'string', required: false, input: false, defaultValue: 'viewer' } } },
    databaseHooks: {
      user: { create: { before: async (user, call) => ({ data: { ...user, role: roleBy(call?.params?.id) } }) } },
    },
    session: { expiresIn: sessionLength, updateAge: day },
    rateLimit: { enabled: false }, // `throttle.ts` counts by account, too
    telemetry: { enabled: false },
    logger: { disabled: true },
    plugins: [
      bearer({ requireSignature: true }),
      ...(oidc.length === 0 ? [] : [genericOAuth({ config: oidc.map(providerConfig) })]),
    ],
  })

  return {
    /** The signed token of a new session, or null for the wrong address or password. Takes the same time for both. */
    async signIn(email: string, password: string, agent: Agent): Promise<{ token: string; userId: string } | null> {
      const response = await auth.api.signInEmail({
        body: { email, password },
        headers: headersOf(agent),
        asResponse: true,
      })
      const token = response.headers.get('set-auth-token')
      if (!response.ok || token === null) return null
      const { user } = (await response.json()) as { user: { id: string } }
      return { token, userId: user.id }
    },

    /** Who has this signed token. */
    async userOf(token: string): Promise<SignedIn | null> {
      const found = await auth.api.getSession({ headers: bearerOf(token) }).catch(unlessStorage)
      if (found === null) return null
      const { id, email, name, role, createdAt } = found.user
      return { id, email, name, role: role as PersonRole, createdAt }
    },

    async signOut(token: string): Promise<void> {
      await auth.api.signOut({ headers: bearerOf(token) })
    },

    /** Where the browser goes to sign in by a provider; null where that does not answer. */
    async startOidc(provider: string, headers: Headers): Promise<Step | null> {
      const body = { provider, callbackURL: home, errorCallbackURL: home }
      const response = await auth.api.signInSocial({ body, headers: withoutToken(headers), asResponse: true })
      if (!response.ok) return null
      const { url: location } = (await response.json()) as { url?: string }
      return location === undefined ? null : { location, cookies: response.headers.getSetCookie() }
    },

    /** What comes of it when the provider has sent the browser back: the signed token where that let somebody in. */
    async finishOidc(
      provider: string,
      search: string,
      headers: Headers,
    ): Promise<Step & { readonly token: string | null }> {
      const request = new Request(`${base}/callback/${encodeURIComponent(provider)}${search}`, {
        headers: withoutToken(headers),
      })
      const response = await auth.handler(request)
      const cookies = response.headers.getSetCookie()
      const token = response.headers.get('set-auth-token')
      const location = response.headers.get('location') ?? `${home}?error=not_allowed`
      return { location, cookies, token: token && decodeURIComponent(token) }
    },
  }
}

export type Sessions = ReturnType<typeof createSessions>

/** Who has signed in. */
export interface SignedIn {
  readonly id: string
  readonly email: string
  readonly name: string
  readonly role: PersonRole
  readonly createdAt: Date
}

/** Where a browser is sent, with what it keeps. */
interface Step {
  readonly location: string
  readonly cookies: readonly string[]
}

/** What is kept with a session. */
export interface Agent {
  readonly address: string | null
  readonly userAgent: string | null
}

/** A storage that does not answer signs nobody out. */
function unlessStorage(error: { readonly cause?: unknown }): null {
  if (isRotaError(error.cause)) throw error.cause
  return null
}

const headersOf = ({ address, userAgent }: Agent): Headers => {
  const headers = new Headers()
  if (userAgent !== null) headers.set('user-agent', userAgent)
  if (address !== null) headers.set('x-forwarded-for', address)
  return headers
}

/** Only the cookies of the flow count for the library, not who is signed in already. */
function withoutToken(headers: Headers): Headers {
  const kept = new Headers(headers)
  kept.delete('authorization')
  return kept
}

const bearerOf = (token: string): Headers => new Headers({ authorization: `Bearer ${token}` })

function providerConfig({ id, domains, scopes = ['openid', 'email', 'profile'], ...provider }: OidcProvider) {
  const { discoveryUrl, clientId, clientSecret } = provider
  return {
    providerId: id,
    discoveryUrl,
    clientId,
    clientSecret,
    scopes: [...scopes],
    pkce: true,
    mapProfileToUser: (profile: Record<string, unknown>) => {
      const email = String(profile.email ?? '').toLowerCase()
      const domain = email.slice(email.lastIndexOf('@') + 1)
      // With some providers people may write any address of theirs, so one counts only when it was verified.
      if (domains === undefined || (profile.emailVerified === true && domains.includes(domain))) return {}
      throw new APIError('FORBIDDEN', { message: 'This address may not sign in here.' })
    },
  }
}
