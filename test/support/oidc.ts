/** A small provider of OpenID Connect on this machine: discovery, sign-in that asks nothing, tokens signed with RS256, and user info. */
import { createHash, createSign, generateKeyPairSync, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Who signs in at the provider. */
export interface OidcPerson {
  readonly sub: string
  readonly email: string
  readonly name: string
  /** @default true */
  readonly email_verified?: boolean
}

export interface OidcIssuer extends AsyncDisposable {
  readonly discoveryUrl: string
  readonly clientId: string
  readonly clientSecret: string
  /** Who signs in next. */
  person: OidcPerson
}

interface Grant {
  readonly person: OidcPerson
  readonly redirect: string
  readonly nonce: string | null
  readonly challenge: string | null
}

export async function startOidc(person: OidcPerson): Promise<OidcIssuer> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const [clientId, clientSecret] = ['rota', randomUUID()]
  const grants = new Map<string, Grant>()
  const tokens = new Map<string, OidcPerson>()
  const own = { person }
  let issuer = ''

  const signed = (claims: object): string => {
    const text = [{ alg: 'RS256', typ: 'JWT', kid: 'one' }, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.')
    return `${text}.${createSign('RSA-SHA256').update(text).sign(privateKey, 'base64url')}`
  }
  const claimsOf = (who: OidcPerson) => ({ email_verified: true, ...who })

  const routes: Record<string, (url: URL, request: IncomingMessage, response: ServerResponse) => unknown> = {
    '/.well-known/openid-configuration': (_, __, response) =>
      json(response, {
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        userinfo_endpoint: `${issuer}/userinfo`,
        jwks_uri: `${issuer}/jwks`,
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
        code_challenge_methods_supported: ['S256'],
      }),
    '/jwks': (_, __, response) =>
      json(response, { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256', use: 'sig' }] }),
    '/authorize': ({ searchParams }, _, response) => {
      const redirect = searchParams.get('redirect_uri') ?? ''
      const code = randomUUID()
      const [nonce, challenge] = [searchParams.get('nonce'), searchParams.get('code_challenge')]
      grants.set(code, { person: own.person, redirect, nonce, challenge })
      const back = new URL(redirect)
      back.searchParams.set('code', code)
      back.searchParams.set('state', searchParams.get('state') ?? '')
      response.writeHead(302, { location: back.href }).end()
    },
    '/token': async (_, request, response) => {
      const form = new URLSearchParams(await textOf(request))
      const grant = grants.get(form.get('code') ?? '')
      grants.delete(form.get('code') ?? '')
      const proof = createHash('sha256')
        .update(form.get('code_verifier') ?? '')
        .digest('base64url')
      const isClient = secretIn(request, form) === clientSecret
      if (grant === undefined || !isClient || proof !== grant.challenge || form.get('redirect_uri') !== grant.redirect)
        return json(response, { error: 'invalid_grant' }, 400)
      const access = randomUUID()
      tokens.set(access, grant.person)
      const now = Math.floor(Date.now() / 1_000)
      const claims = { iss: issuer, aud: clientId, iat: now, exp: now + 300, ...claimsOf(grant.person) }
      const id_token = signed({ ...claims, ...(grant.nonce !== null && { nonce: grant.nonce }) })
      return json(response, { access_token: access, token_type: 'Bearer', expires_in: 300, id_token })
    },
    '/userinfo': (_, { headers }, response) => {
      const who = tokens.get(headers.authorization?.replace('Bearer ', '') ?? '')
      return who === undefined ? json(response, { error: 'invalid_token' }, 401) : json(response, claimsOf(who))
    },
  }

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', issuer)
    const route = routes[url.pathname]
    if (route === undefined) response.writeHead(404).end()
    else void route(url, request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  return Object.assign(own, {
    discoveryUrl: `${issuer}/.well-known/openid-configuration`,
    clientId,
    clientSecret,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  })
}

function json(response: ServerResponse, body: object, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += chunk
  return text
}

/** As `client_secret_post` sends it, or `client_secret_basic`. */
function secretIn({ headers }: IncomingMessage, form: URLSearchParams): string | undefined {
  const basic = /^Basic (.+)$/.exec(headers.authorization ?? '')?.[1]
  if (basic === undefined) return form.get('client_secret') ?? undefined
  return decodeURIComponent(Buffer.from(basic, 'base64').toString().split(':')[1] ?? '')
}
