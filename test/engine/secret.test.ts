/** Where the secret of a cluster comes from, and when one is made. */
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Secret } from '../../src/engine/secret.ts'
import { createRota } from '../../src/index.ts'
import { createServer } from '../../src/server/index.ts'
import { temporaryFolder } from '../support/folder.ts'

const [one, other] = ['a secret of tests with 32 characters or more', 'another secret of tests, which is long enough']
let folder: string
beforeEach(() => {
  folder = temporaryFolder('secret')
})
afterEach(() => rmSync(folder, { recursive: true }))

/** No server was here. */
const accounts = async () => []
const onFile = (given?: string) =>
  new Secret(given, async () => ({ description: `sqlite:${join(folder, 'rota.db')}`, accounts }))
const file = () => join(folder, 'rota.secret')

test('one is made beside a file when it is needed, and by no look', async () => {
  await expect(onFile().key('seal', false)).rejects.toMatchObject({ code: 'secret_missing' })
  expect(existsSync(file())).toBe(false)
  const key = await onFile().key('seal', true)
  expect(readFileSync(file(), 'utf8').length).toBeGreaterThan(32)
  expect(await onFile().key('seal', false)).toEqual(key)
  expect(await onFile().key('reports', false)).not.toEqual(key)
})

test('none is made for a server of databases; in memory one lives as long as the process', async () => {
  const there = new Secret(undefined, async () => ({ description: 'postgres://db/app', accounts }))
  await expect(there.key('seal', true)).rejects.toMatchObject({ code: 'secret_missing' })
  const memory = new Secret(undefined, async () => ({ description: 'sqlite::memory:', accounts }))
  expect(await memory.key('seal', false)).toEqual(await memory.key('seal', true))
})

test('that of the server counts from the start, and not instead of one that was used', async () => {
  const early = onFile()
  early.adopt(one)
  expect(await early.key('seal', false)).toEqual(await onFile(one).key('seal', false))
  expect(() => early.adopt(other)).toThrow(expect.objectContaining({ code: 'secret_invalid' }))
  early.adopt(one)
  const given = onFile(one)
  given.adopt(other)
  expect(await given.key('seal', true)).toEqual(await onFile(one).key('seal', true))
})

test('a secret that is too short is told, not worked around', async () => {
  const rota = createRota({ storage: 'sqlite::memory:' })
  expect(() => createRota({ storage: 'sqlite::memory:', secret: 'short' })).toThrow('secret')
  const before = process.env.ROTA_SECRET
  process.env.ROTA_SECRET = 'too short'
  try {
    const put = rota.handlers.put({ id: 'x', http: { url: 'https://example.com' } })
    await expect(put).rejects.toMatchObject({ code: 'secret_invalid' })
  } finally {
    if (before === undefined) delete process.env.ROTA_SECRET
    else process.env.ROTA_SECRET = before
    await rota.stop()
  }
})

test('another secret than that of the servers of the storage is told where it would be used', async () => {
  const storage = `sqlite:${join(folder, 'rota.db')}`
  const rota = createRota({ storage })
  const server = createServer(rota, { secret: one })
  await server.listen({ port: 0 })
  await server.close()
  await rota.stop()
  const stranger = createRota({ storage, secret: other })
  const put = stranger.handlers.put({ id: 'x', http: { url: 'https://example.com' } })
  await expect(put).rejects.toMatchObject({ code: 'secret_invalid' })
  await stranger.stop()
})

test('the address of a server is known as soon as it is made, and one that listens on all addresses has none', async () => {
  const rota = createRota({ storage: `sqlite:${join(folder, 'rota.db')}` })
  const { connection } = rota.cluster('default')
  const server = createServer(rota, { secret: one })
  expect(connection.serverUrl).toBe(null)
  await server.listen({ port: 0, host: '0.0.0.0' })
  expect(connection.serverUrl).toBe(null)
  await server.close()
  createServer(rota, { secret: one, url: 'https://jobs.example.com/rota' })
  expect(connection.serverUrl).toBe('https://jobs.example.com/rota')
  await rota.stop()
})
