/** Signing in, people, keys and the audit log. */
import { entryView } from '../../engine/audit-view.ts'
import { defined } from '../../job/defined.ts'
import { parseDuration, parseInstant } from '../../job/duration.ts'
import { RotaError } from '../../job/errors.ts'
import { isHere } from '../address.ts'
import type { OidcProvider, Sessions } from '../auth/sessions.ts'
import { sessionLength } from '../auth/sessions.ts'
import type { Throttle } from '../auth/throttle.ts'
import { byOf, type CallContext } from '../call.ts'
import { cookieName } from '../guard.ts'
import type { People, Person } from '../people.ts'
import { implementer } from './implementer.ts'

export interface PeopleParts {
  readonly people: People
  readonly sessions: Sessions
  readonly throttle: Throttle
  /** Anybody may register, as a viewer. */
  readonly registration: 'open' | 'closed'
  readonly oidc: readonly OidcProvider[]
}

export function peopleRouter({ people, sessions, throttle, registration, oidc }: PeopleParts) {
  const { auth, users, keys, audit } = implementer

  const signIn = async (context: CallContext, email: string, password: string) => {
    const { address } = context.origin
    await throttle.count(email, address)
    const agent = { address, userAgent: context.headers.get('user-agent')?.slice(0, 500) ?? null }
    const session = await sessions.signIn(email.toLowerCase(), password, agent)
    const user = session && (await sessions.userOf(session.token))
    if (user === null) {
      await denied(context, `user:${email.slice(0, 200)}`, 'the e-mail address or the password was wrong')
      throw new RotaError('credentials_invalid', 'The e-mail address or the password is wrong.')
    }
    await throttle.forgive(email, address)
    await noteSignIn(context, user.email)
    keepCookie(context, session?.token ?? '')
    return { token: session?.token ?? '', user }
  }

  return {
    auth: {
      status: auth.status.handler(async () => ({
        setup: await people.isSetupOpen(),
        registration: registration === 'open',
        providers: oidc.map(({ id, name = id }) => ({ id, name })),
      })),
      register: auth.register.handler(async ({ input: { setupToken, ...input }, context }) => {
        await throttle.count(input.email, context.origin.address)
        const first = (await people.isSetupOpen()) && mayBeFirst(context, setupToken)
        if (!first && registration === 'closed') throw closedRegistration(setupToken)
        const by = { ...byOf(context), actor: { kind: 'user' as const, id: '', name: input.email.toLowerCase() } }
        const person = await people.add({ ...defined(input), role: 'viewer' }, by)
        if (first) await makeFirst(people, person, context, setupToken ?? null)
        await throttle.forgive(input.email, context.origin.address)
        return signIn(context, input.email, input.password)
      }),
      login: auth.login.handler(({ input: { email, password }, context }) => signIn(context, email, password)),
      logout: auth.logout.handler(async ({ context }) => {
        if (context.caller?.token) await sessions.signOut(context.caller.token)
        dropCookie(context)
        return { status: 'signed out' as const }
      }),
      oidc: {
        begin: auth.oidc.begin.handler(async ({ input: { id }, context }) => {
          const started = oidc.some((one) => one.id === id) ? await sessions.startOidc(id, context.headers) : null
          if (started === null)
            throw new RotaError('route_unknown', `id: people cannot sign in by "${id}" here.`, { field: 'id' })
          redirect(context, started)
        }),
        finish: auth.oidc.finish.handler(async ({ input: { id }, context }) => {
          const finished = await sessions.finishOidc(id, context.search, context.headers)
          if (finished.token !== null) {
            const user = await sessions.userOf(finished.token)
            await noteSignIn(context, user?.email ?? '')
            keepCookie(context, finished.token)
          }
          redirect(context, finished)
        }),
      },
      me: auth.me.handler(({ context }) => {
        const { actor, role, lanes, email } = context.caller as NonNullable<CallContext['caller']>
        return { kind: actor.kind as 'user' | 'key' | 'local', id: actor.id, name: actor.name, role, lanes, email }
      }),
      password: auth.password.handler(async ({ input: { current, password }, context }) => {
        const { actor, email } = context.caller as NonNullable<CallContext['caller']>
        if (actor.kind !== 'user' || email === null)
          throw new RotaError('not_allowed', 'Only a person who signed in has a password.')
        await throttle.count(email, context.origin.address)
        if (!(await people.knowsPassword(actor.id, current))) {
          await denied(context, `user:${actor.id}`, 'the current password was wrong')
          throw new RotaError('credentials_invalid', 'current: this is not the password.', { field: 'current' })
        }
        await people.change(actor.id, { password }, byOf(context))
        await throttle.forgive(email, context.origin.address)
        return signIn(context, email, password)
      }),
    },
    users: {
      list: users.list.handler(async ({ input: { cursor = null, limit = 100 } }) => {
        const found = await people.list(limit, cursor)
        return { users: found, next: found.length === limit ? (found.at(-1)?.email ?? null) : null }
      }),
      create: users.create.handler(({ input: { role = 'viewer', ...input }, context }) =>
        people.add({ ...defined(input), role }, byOf(context)),
      ),
      update: users.update.handler(({ input: { id, ...change }, context }) => people.change(id, change, byOf(context))),
      remove: users.remove.handler(async ({ input: { id }, context }) => ({
        id: (await people.remove(id, byOf(context))).id,
        status: 'removed' as const,
      })),
    },
    keys: {
      list: keys.list.handler(async () => ({ keys: await people.keys() })),
      create: keys.create.handler(({ input: { expiresIn, ...input }, context }) => {
        const ms = expiresIn === undefined ? {} : { expiresIn: parseDuration(expiresIn, 'expiresIn') }
        return people.addKey({ ...defined(input), ...ms }, byOf(context))
      }),
      revoke: keys.revoke.handler(async ({ input: { id }, context }) => {
        await people.revokeKey(id, byOf(context))
        return { id, status: 'revoked' as const }
      }),
    },
    audit: {
      list: audit.list.handler(async ({ input, context }) => {
        const { actor = null, action = null, target = null, outcome = null, since, cursor = null, limit = 50 } = input
        const from = since === undefined ? null : parseInstant(since, 'since')
        const { storage } = await context.cluster.connection.open()
        const found = await storage.auditLog({ actor, action, target, outcome, since: from, before: cursor, limit })
        return { entries: found.map(entryView), next: found.length === limit ? (found.at(-1)?.id ?? null) : null }
      }),
    },
  }
}

/** From this machine itself, or with the token that the server has printed. */
const mayBeFirst = ({ origin, headers }: CallContext, token: string | undefined): boolean =>
  token !== undefined || isHere(origin, headers)

/** Of several who register at the same time one is the first; the others are not let in. */
async function makeFirst(people: People, { id }: Person, context: CallContext, token: string | null): Promise<void> {
  const isNear = isHere(context.origin, context.headers)
  const taken = await people.takeSetup(id, isNear ? null : (token ?? ''))
  if (taken) {
    await people.change(id, { role: 'admin' }, byOf(context))
    return
  }
  await people.remove(id, byOf(context))
  throw closedRegistration(token ?? undefined)
}

const closedRegistration = (token: string | undefined) =>
  new RotaError(
    'registration_closed',
    token === undefined
      ? 'Nobody can register here by themselves: ask an administrator. The very first one registers on the machine itself, or with "setupToken", which the server printed when it started.'
      : 'setupToken: it is wrong, or was used before.',
    { field: 'setupToken' },
  )

async function denied(context: CallContext, target: string, why: string): Promise<void> {
  const { storage } = await context.cluster.connection.open()
  const after = JSON.stringify({ why })
  await storage.audit([{ ...byOf(context), target, outcome: 'denied', before: null, after }])
}

function redirect(
  { reply }: CallContext,
  { location, cookies }: { readonly location: string; readonly cookies: readonly string[] },
): void {
  reply.status = 302
  reply.headers.location = location
  reply.cookies.push(...cookies)
}

async function noteSignIn(context: CallContext, email: string): Promise<void> {
  const { storage } = await context.cluster.connection.open()
  const by = { ...byOf(context), actor: { kind: 'user' as const, id: '', name: email } }
  await storage.audit([{ ...by, target: `user:${email}`, outcome: 'done', before: null, after: null }])
}

const cookie = ({ origin }: CallContext, value: string, seconds: number): string => {
  const secure = origin.protocol === 'https'
  const name = cookieName(secure)
  return `${name}=${encodeURIComponent(value)}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`
}

function keepCookie(context: CallContext, token: string): void {
  context.reply.cookies.push(cookie(context, token, sessionLength))
}

function dropCookie(context: CallContext): void {
  context.reply.cookies.push(cookie(context, '', 0))
}
