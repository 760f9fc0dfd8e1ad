/** Locks among processes: several that want the same one, one that is killed, and one that stands still. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRota } from '../../src/index.ts'
import { redisLocks } from '../../src/redis/index.ts'
import { until } from '../support/condition.ts'
import { temporaryFolder } from '../support/folder.ts'
import { type RunningPostgres, startPostgres } from '../support/postgres.ts'
import { findRedis, type RunningRedis, startRedis } from '../support/redis.ts'
import { hasService } from '../support/services.ts'

const there = hasService('redis-server', findRedis())
const processes = 5
const contenders = 2
const rounds = 10

let folder: string
let postgres: RunningPostgres
let redis: RunningRedis | undefined
beforeAll(async () => {
  folder = temporaryFolder('locks')
  postgres = await startPostgres()
  if (there) redis = await startRedis()
})
afterAll(async () => {
  await redis?.stop()
  await postgres.stop()
  rmSync(folder, { recursive: true })
})

interface Started {
  readonly child: ChildProcess
  readonly said: () => string[]
  readonly exited: Promise<number | null>
}

function start(...args: readonly string[]): Started {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'lock-process.ts'), ...args])
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
  return { child, said: () => output.split('\n').filter(Boolean), exited }
}

const holds = (holder: Started) =>
  until('it holds the lock', () => {
    if (holder.child.exitCode !== null) throw new Error(`It has ended: ${holder.said()}`)
    return tokenOf(holder) > 0
  })

const tokenOf = ({ said }: Started) => Number(/^token (\d+)$/.exec(said()[0] ?? '')?.[1])

const stores: [name: string, skip: boolean, places: () => [storage: string, redis: string]][] = [
  ['SQLite', false, () => [`sqlite:${join(folder, 'rota.db')}`, '-']],
  ['PostgreSQL', false, () => [postgres.url, '-']],
  ['Redis', !there, () => ['sqlite::memory:', redis?.url ?? '']],
]

describe.each(stores)('%s', (name, skip, placesOf) => {
  const rotaHere = () => {
    const [storage, url] = placesOf()
    return createRota({ storage, ...(url !== '-' && { locks: redisLocks({ url }) }) })
  }

  test.skipIf(skip)(`${processes * contenders} contenders: never two at once, and tokens grow`, async () => {
    const own = join(folder, name)
    mkdirSync(own)
    const first = rotaHere()
    await first.migrations.up()
    await first.stop()
    const all = Array.from({ length: processes }, () =>
      start('contend', ...placesOf(), own, String(contenders), String(rounds)),
    )
    for (const one of all) expect([await one.exited, one.said()]).toEqual([0, []])
    const tokens = readFileSync(join(own, 'ledger'), 'utf8').split('\n').filter(Boolean).map(Number)
    expect(tokens).toHaveLength(processes * contenders * rounds)
    expect(tokens).toEqual([...new Set(tokens)].sort((a, b) => a - b))
  })

  test.skipIf(skip)('a holder that is killed: the lock runs out, and not before', async () => {
    const rota = rotaHere()
    const holder = start('hold', ...placesOf())
    await holds(holder)
    holder.child.kill('SIGKILL')
    await holder.exited
    const killed = performance.now()
    const token = await rota.lock('held', { wait: '10s' }, (lock) => lock.token)
    const took = performance.now() - killed
    expect(token).toBeGreaterThan(tokenOf(holder))
    expect(took).toBeGreaterThan(300) // it was renewed at least a third before
    expect(took).toBeLessThan(8_000)
    await rota.stop()
  })

  test.skipIf(skip)('a holder that stood still hears of its loss, and its token is smaller than the next', async () => {
    const rota = rotaHere()
    const holder = start('hold', ...placesOf())
    await holds(holder)
    holder.child.kill('SIGSTOP')
    await rota.lock('held', { wait: '10s' }, async ({ token, held }) => {
      expect(token).toBeGreaterThan(tokenOf(holder))
      holder.child.kill('SIGCONT')
      await holder.exited
      expect(holder.said().slice(1)).toEqual(['signal', 'lock_lost'])
      expect(held).toBe(true)
    }) // and the loser has freed nothing
    await rota.stop()
  })
})
