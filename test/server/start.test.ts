/** What a server refuses to start with, and its secret. */
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { createRota } from '../../src/index.ts'
import { createServer, type ServerOptions } from '../../src/server/index.ts'
import { temporaryFolder } from '../support/folder.ts'
import { startServer, testPassword, testSecret } from '../support/server.ts'
import { onEveryStorage } from '../support/storages.ts'

const another = 'another secret that has more than 32 characters'
const folder = temporaryFolder('secrets')
afterAll(() => rmSync(folder, { recursive: true }))

onEveryStorage('the secret', ({ url, shared }) => {
  test.skipIf(!shared)('is the same on all servers of a storage', async () => {
    await using first = await startServer({ storage: url() })
    const { token } = await first.person('admin')
    await expect(startServer({ storage: url(), secret: another })).rejects.toMatchObject({ code: 'secret_invalid' })
    await using second = await startServer({ storage: url() })
    expect((await second.call('GET', '/api/auth/me', { as: token })).status).toBe(200)
    await first.call('POST', '/api/auth/logout', { as: token })
    expect((await second.call('GET', '/api/auth/me', { as: token })).status).toBe(401)
  })

  test.skipIf(!shared)('may be replaced, which ends all sessions', async () => {
    const storage = url()
    const first = await startServer({ storage })
    const { email, token } = await first.person('admin')
    await first[Symbol.asyncDispose]()
    await using second = await startServer({ storage, secret: another, newSecret: true })
    expect((await second.call('GET', '/api/auth/me', { as: token })).status).toBe(401)
    const again = await second.call('POST', '/api/auth/login', { body: { email, password: testPassword } })
    expect((await second.call('GET', '/api/auth/me', { as: again.body.token })).status).toBe(200)
    await expect(startServer({ storage })).rejects.toMatchObject({ code: 'secret_invalid' })
  })
})

describe('a secret that the server makes itself', () => {
  test('is kept in a file for its owner only, beside the database, and used again', async () => {
    const storage = `sqlite:${join(folder, 'rota.db')}`
    const start = async (own: ServerOptions = {}) => {
      const rota = createRota({ storage })
      const server = createServer(rota, own)
      try {
        await server.listen({ port: 0 })
      } finally {
        await server.close()
        await rota.stop()
      }
    }
    await start()
    const file = join(folder, 'rota.secret')
    const secret = readFileSync(file, 'utf8')
    expect(secret.trim().length).toBeGreaterThan(40)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    await start()
    expect(readFileSync(file, 'utf8')).toBe(secret)
    await expect(start({ secretFile: join(folder, 'other.secret') })).rejects.toMatchObject({ code: 'secret_invalid' })
  })

  test.each([
    ['too short', { secret: 'short' }],
    ['in a file that has too little', { secretFile: join(folder, 'short.secret') }],
    ['in a folder that does not exist', { secretFile: join(folder, 'nowhere', 'rota.secret') }],
  ])('%s is refused', async (_, own) => {
    writeFileSync(join(folder, 'short.secret'), 'short\n')
    await using rota = createRota({ storage: 'sqlite::memory:' })
    await expect(createServer(rota, own).listen({ port: 0 })).rejects.toMatchObject({ code: 'secret_invalid' })
  })
})

describe('options', () => {
  test.each<[string, ServerOptions, string]>([
    ['an unknown one', { registraton: 'open' } as ServerOptions, 'option_unknown'],
    ['registration', { registration: 'maybe' as 'open' }, 'option_invalid'],
    ['url', { url: 'jobs.example.com' }, 'option_invalid'],
    ['oidc without a url', { oidc: [provider()] }, 'option_invalid'],
    ['oidc without a client', { url: 'https://x.example', oidc: [{ ...provider(), clientId: '' }] }, 'option_invalid'],
    ['proxies', { proxies: '10.0.0.1' as never }, 'option_invalid'],
  ])('%s', async (_, options, code) => {
    await using rota = createRota({ storage: 'sqlite::memory:' })
    expect(() => createServer(rota, options)).toThrow(expect.objectContaining({ code }))
  })
})

function provider() {
  const discoveryUrl = 'https://accounts.example/.well-known/openid-configuration'
  return { id: 'example', discoveryUrl, clientId: 'rota', clientSecret: 'a secret of the client' }
}

describe('a port', () => {
  test('that is taken is told, with what to do', async () => {
    const other = createTcpServer()
    const port = await new Promise<number>((resolve) =>
      other.listen(0, '127.0.0.1', () => resolve((other.address() as { port: number }).port)),
    )
    try {
      await using rota = createRota({ storage: 'sqlite::memory:' })
      const server = createServer(rota, { secret: testSecret })
      await expect(server.listen({ port })).rejects.toMatchObject({ code: 'port_taken', field: 'port' })
      await server.close()
    } finally {
      other.close()
    }
  })

  test('has to be one', async () => {
    await using rota = createRota({ storage: 'sqlite::memory:' })
    const server = createServer(rota, { secret: testSecret })
    await expect(server.listen({ port: 70_000 })).rejects.toMatchObject({ code: 'option_invalid' })
    await expect(server.listen({ port: 0, host: '203.0.113.9' })).rejects.toMatchObject({ code: 'option_invalid' })
  })
})
