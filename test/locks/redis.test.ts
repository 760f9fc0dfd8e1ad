/** Locks in a real Redis, and what becomes of them when Redis forgets, dies, stands still or cannot be reached. */
import { inspect } from 'node:util'
import { createClient } from 'redis'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { systemRuntime } from '../../src/engine/runtime.ts'
import { takeScheduleLock } from '../../src/engine/schedule-locks.ts'
import { createRota, type Locks, type Rota } from '../../src/index.ts'
import { redisLocks } from '../../src/redis/index.ts'
import { gate, until } from '../support/condition.ts'
import { startProxy } from '../support/proxy.ts'
import { findRedis, type RunningRedis, startRedis } from '../support/redis.ts'
import { hasService } from '../support/services.ts'

const there = hasService('redis-server', findRedis())
const runtime = systemRuntime()

describe.skipIf(!there)('locks in Redis', () => {
  let server: RunningRedis
  /** For looking, beside the one under test. */
  let outside: ReturnType<typeof createClient>
  const opened: Locks[] = []
  const rotas: Rota[] = []

  const look = async () => {
    outside = createClient({ url: server.url })
    outside.on('error', () => {})
    await outside.connect()
  }
  beforeAll(async () => {
    server = await startRedis()
    await look()
  })
  afterAll(async () => {
    outside.destroy()
    await server.stop()
  })
  afterEach(async () => {
    for (const rota of rotas.splice(0)) await rota.stop({ grace: 0 })
    for (const locks of opened.splice(0)) await locks.close()
    await outside.flushAll()
  })

  const locksOf = (options?: Parameters<typeof redisLocks>[1]) => {
    const locks = redisLocks({ url: server.url }, options)
    opened.push(locks)
    return locks
  }
  const rotaWith = (locks: Locks = locksOf()) => {
    const rota = createRota({ storage: 'sqlite::memory:', locks })
    rotas.push(rota)
    return rota
  }
  const want = (owner: string, ttl = 30_000) => ({ name: 'report', owner, ttl })

  describe('the verbs', () => {
    test('one owner at a time; who asks again has the same token; only the owner frees it', async () => {
      const [a, b] = [locksOf(), locksOf()]
      const token = Number(await a.lock(want('a')))
      expect(token).toBeGreaterThan(1e15)
      expect(token).toBeLessThan(Number.MAX_SAFE_INTEGER)
      expect(await b.lock(want('b'))).toBeNull()
      expect([await b.renewLock(want('b')), await b.unlock('report', 'b')]).toEqual([false, false])
      expect(await a.lock(want('a', 60_000))).toBe(token)
      expect(await outside.pTTL('report')).toBeGreaterThan(59_000)
      expect([await a.unlock('report', 'a'), await a.unlock('report', 'a')]).toEqual([true, false])
      expect(await a.renewLock(want('a'))).toBe(false)
      expect(Number(await b.lock(want('b')))).toBeGreaterThan(token)
    })

    test('it runs out at its time, and renewing gives the whole time again', async () => {
      const locks = locksOf()
      await locks.lock(want('a', 300))
      expect(await locks.renewLock(want('a', 30_000))).toBe(true)
      expect(await outside.pTTL('report')).toBeGreaterThan(29_000)
      expect(await locks.renewLock(want('a', 50))).toBe(true)
      await until('it ran out', async () => (await outside.get('report')) === null)
      expect([await locks.renewLock(want('a')), await locks.unlock('report', 'a')]).toEqual([false, false])
      expect(await locks.lock(want('b'))).not.toBeNull()
    })

    test('tokens grow in a tight row, without a pause, after FLUSHALL, and when the clock of Redis was set back', async () => {
      const locks = locksOf()
      const tokens: number[] = []
      for (let n = 0; n < 300; n++) {
        tokens.push(Number(await locks.lock(want(`${n}`))))
        if (n % 3 === 0) await outside.flushAll()
        else await locks.unlock('report', `${n}`)
      }
      expect(tokens).toEqual([...new Set(tokens)].sort((x, y) => x - y))
      const ahead = 8e15
      await outside.set('{report}:token', String(ahead))
      await locks.unlock('report', '299')
      expect(await locks.lock(want('after'))).toBe(ahead + 1)
    })

    test('of many at once one gets it', async () => {
      const some = [locksOf(), locksOf(), locksOf()]
      for (let round = 0; round < 20; round++) {
        const answers = await Promise.all(
          Array.from({ length: 12 }, (_, i) => some[i % 3]?.lock(want(`${round}-${i}`)) ?? null),
        )
        const winners = answers.flatMap((token, i) => (token === null ? [] : [i]))
        expect(winners).toHaveLength(1)
        expect(await some[0]?.unlock('report', `${round}-${winners[0]}`)).toBe(true)
      }
    })
  })

  describe('what others can see', () => {
    test('rota.lock is rota:lock:<name>, with an owner who is unlike any other, its time to live, and nothing afterwards', async () => {
      const rota = rotaWith()
      const owners: (string | null)[] = []
      for (const ttl of [5_000, 60_000])
        await rota.lock('month-end', { ttl }, async ({ token }) => {
          owners.push(await outside.get('rota:lock:month-end'))
          const left = await outside.pTTL('rota:lock:month-end')
          expect([left > ttl - 1_000, left <= ttl]).toEqual([true, true])
          expect(await outside.get('{rota:lock:month-end}:token')).toBe(String(token))
        })
      expect(owners[0]).toMatch(/^[\da-f-]{36}$/)
      expect(owners[0]).not.toBe(owners[1])
      expect(await outside.keys('*')).toEqual(['{rota:lock:month-end}:token'])
      expect(await outside.ttl('{rota:lock:month-end}:token')).toBeGreaterThan(86_000)
    })

    test('schedules have schedule:jobLock:<job_name>:<lock_type> for 600 seconds, or as long as was said', async () => {
      const locks = locksOf()
      const server = await takeScheduleLock(locks, 'daily_cleanup', 'server', runtime)
      const overlap = await takeScheduleLock(locksOf({ ttl: '2m' }), 'daily_cleanup', 'overlap', runtime)
      expect([server.held, overlap.held]).toEqual([true, true])
      expect((await outside.keys('schedule:*')).sort()).toEqual([
        'schedule:jobLock:daily_cleanup:overlap',
        'schedule:jobLock:daily_cleanup:server',
      ])
      const left = await outside.ttl('schedule:jobLock:daily_cleanup:server')
      expect([left > 590, left <= 600]).toEqual([true, true])
      expect(await outside.ttl('schedule:jobLock:daily_cleanup:overlap')).toBeLessThanOrEqual(120)
      expect(await takeScheduleLock(locks, 'daily_cleanup', 'server', runtime)).toEqual({
        held: false,
        unreachable: false,
      })
      for (const lock of [server, overlap]) if (lock.held) await lock.release()
      expect(await outside.keys('schedule:*')).toEqual([])
    })

    test("a schedule's lock is renewed while it is held, and frees nothing that is another's", async () => {
      const key = 'schedule:jobLock:tick:overlap'
      const lock = await takeScheduleLock(locksOf({ ttl: '1.5s' }), 'tick', 'overlap', runtime)
      if (!lock.held) throw new Error('it is not held')
      const owner = await outside.get(key)
      for (const end = performance.now() + 3_200; performance.now() < end; )
        await until('it has time left', async () => (await outside.pTTL(key)) > 300, 1_000)
      expect([await outside.get(key), lock.signal.aborted]).toEqual([owner, false])
      await outside.set(key, 'somebody else')
      await until('the loss is noticed', () => lock.signal.aborted, 2_000)
      await lock.release()
      expect(await outside.get(key)).toBe('somebody else')
    })
  })

  test('FLUSHALL: the holder hears of it when it renews, and whoever comes next has a larger token', async () => {
    const [rota, other] = [rotaWith(), rotaWith()]
    const started = gate()
    let first = 0
    const holding = rota.lock('report', { ttl: '3s' }, async (lock) => {
      first = lock.token
      started.open()
      await new Promise((resolve) => lock.signal.addEventListener('abort', resolve))
      expect(lock.signal.reason).toMatchObject({ code: 'lock_lost' })
      expect(lock.held).toBe(false)
    })
    await started.opened
    await outside.flushAll()
    const flushed = performance.now()
    const second = await other.lock('report', async ({ token }) => {
      await expect(holding).rejects.toMatchObject({ code: 'lock_lost' })
      expect(await outside.get('rota:lock:report')).not.toBeNull() // the loser freed nothing
      return token
    })
    expect(performance.now() - flushed).toBeLessThan(2_500) // not only when its time was over
    expect(second).toBeGreaterThan(first)
  })

  test('a Redis that dies: calls fail at once, the holder hears of it in time, and all goes on when it is back', async () => {
    const locks = locksOf()
    const rota = rotaWith(locks)
    const started = gate()
    let since = 0
    const holding = rota.lock('report', { ttl: '2s' }, async (lock) => {
      since = performance.now()
      started.open()
      await new Promise((resolve) => lock.signal.addEventListener('abort', resolve))
      expect(lock.signal.reason).toMatchObject({ code: 'lock_lost' })
      return performance.now() - since
    })
    holding.catch(() => {})
    await started.opened
    await server.kill()
    outside.destroy()
    const before = performance.now()
    await expect(rota.lock('other', () => 1)).rejects.toMatchObject({ code: 'locks_unreachable' })
    expect(await takeScheduleLock(locks, 'tick', 'server', runtime)).toEqual({ held: false, unreachable: true })
    expect(performance.now() - before).toBeLessThan(1_000)
    await expect(holding).rejects.toMatchObject({ code: 'lock_lost' })
    expect(performance.now() - since).toBeLessThan(2_000) // before the time of the lock was over
    const waiting = rota.lock('report', { wait: '10s' }, ({ token }) => token)
    await server.start()
    await look()
    expect(await waiting).toBeGreaterThan(1e15)
  })

  test('a Redis that answers nobody: calls fail after half a second, and all goes on when it does again', async () => {
    const locks = locksOf()
    const rota = rotaWith(locks)
    await rota.lock('report', () => {}) // there is a connection
    server.freeze()
    try {
      for (const tries of [1, 2]) {
        const before = performance.now()
        await expect(locks.lock(want('frozen'))).rejects.toMatchObject({ code: 'locks_unreachable' })
        expect(performance.now() - before, `try ${tries}`).toBeLessThan(2_000)
      }
    } finally {
      server.go()
    }
    expect(await rota.lock('report', { wait: '5s' }, () => 'done')).toBe('done')
  })

  test('a network that swallows everything: a connection from before is not waited for', async () => {
    const proxy = await startProxy(server.url)
    const locks = redisLocks({ url: proxy.url })
    try {
      await locks.lock(want('a'))
      proxy.swallow()
      const before = performance.now()
      const refused = [locks.renewLock(want('a')), locks.lock(want('b'))]
      for (const one of refused) await expect(one).rejects.toMatchObject({ code: 'locks_unreachable' })
      await expect(locks.renewLock(want('a'))).rejects.toMatchObject({ code: 'locks_unreachable' })
      expect(performance.now() - before).toBeLessThan(3_000)
      proxy.recover()
      expect(await locks.renewLock(want('a'))).toBe(true)
    } finally {
      await locks.close()
      await proxy.close()
    }
  })

  test.each([0, 1, 2, 5])(
    'a process that is blocked for longer than the deadline, %i turns after the call, is no reason',
    async (turns) => {
      const locks = locksOf()
      await locks.lock(want('a'))
      const renewing = locks.renewLock(want('a'))
      for (let n = 0; n < turns; n++) await new Promise((resolve) => setImmediate(resolve))
      for (const end = performance.now() + 700; performance.now() < end; );
      expect(await renewing).toBe(true)
    },
  )

  test('a client of the application is used and left alone, also when it breaks', async () => {
    const client = createClient({ url: server.url, socket: { reconnectStrategy: () => 20 } })
    await expect(redisLocks({ client }).lock(want('a'))).rejects.toMatchObject({ code: 'locks_unreachable' }) // not connected
    await client.connect()
    const rota = createRota({ storage: 'sqlite::memory:', locks: redisLocks({ client }) })
    expect(await rota.lock('report', () => client.get('rota:lock:report'))).not.toBeNull()
    server.freeze()
    await expect(rota.lock('late', () => {})).rejects.toMatchObject({ code: 'locks_unreachable' })
    await server.kill()
    // Nobody listens to its errors but us. What it would send later is given up.
    const before = performance.now()
    await expect(redisLocks({ client }).lock({ ...want('a'), name: 'gone' })).rejects.toMatchObject({
      code: 'locks_unreachable',
    })
    expect(performance.now() - before).toBeLessThan(2_000)
    await server.start()
    outside.destroy()
    await look()
    await until('it is back', () => client.isReady)
    expect(await rota.lock('report', () => client.get('rota:lock:report'))).not.toBeNull()
    expect(await client.exists('gone')).toBe(0)
    await rota.stop()
    expect(client.isReady).toBe(true)
    client.destroy()
  })

  test('stop closes what was opened, and nobody gets a lock from it any more', async () => {
    const locks = locksOf()
    const rota = rotaWith(locks)
    await rota.lock('report', () => {})
    const names = async () => (await outside.clientList()).length
    expect(await names()).toBe(2)
    await rota.stop()
    await until('the connection is closed', async () => (await names()) === 1)
    await expect(locks.lock(want('a'))).rejects.toMatchObject({ code: 'closed' })
  })

  test('stop waits for what is being released', async () => {
    const rota = rotaWith()
    const started = gate()
    const done = rota.lock('report', { ttl: '10s' }, async (lock) => {
      started.open()
      await new Promise((resolve) => lock.signal.addEventListener('abort', resolve))
    })
    await started.opened
    await rota.stop({ grace: 0 })
    await done
    expect(await outside.exists('rota:lock:report')).toBe(0)
  })

  test('what Redis refuses is told, and the connection stays', async () => {
    const locks = locksOf()
    const connections = async () => (await outside.clientList()).map(({ id }) => id)
    await locks.unlock('report', 'nobody')
    const before = await connections()
    await outside.lPush('report', 'a list')
    await expect(locks.lock(want('a'))).rejects.toMatchObject({
      code: 'locks_unreachable',
      message: expect.stringContaining('WRONGTYPE'),
    })
    await outside.del('report')
    expect(await locks.lock(want('a'))).not.toBeNull()
    expect(await connections()).toEqual(before)
  })
})

describe.skipIf(!there)('a Redis with a password', () => {
  let server: RunningRedis
  beforeAll(async () => {
    server = await startRedis({ settings: { requirepass: 'geheim' } })
  })
  afterAll(() => server.stop())

  test('is opened by it, and nobody else ever sees it', async () => {
    const right = redisLocks({ url: server.url.replace('//', '//:geheim@') })
    expect(await right.lock({ name: 'x', owner: 'a', ttl: 1_000 })).not.toBeNull()
    const wrong = redisLocks({ url: server.url.replace('//', '//:geheimX@') })
    const none = redisLocks({ url: server.url })
    const dead = redisLocks({ url: 'redis://ada:geheim@127.0.0.1:1/3' })
    for (const locks of [wrong, none, dead]) {
      const error: unknown = await locks.lock({ name: 'x', owner: 'b', ttl: 1_000 }).catch((thrown) => thrown)
      expect(error).toMatchObject({ code: 'locks_unreachable' })
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('geheim')
    }
    expect([right, dead].map(({ description }) => description)).toEqual([server.url, 'redis://127.0.0.1:1/3'])
    for (const locks of [right, wrong, none, dead]) await locks.close()
  })
})

test.each([
  ['redis:/geheim', 'url: "redis:…" is not the address of a Redis.'],
  ['geheim', 'url: "…" is not the address of a Redis.'],
  ['redis://a:geheim%ZZ@host', 'url: "redis:…" is not the address of a Redis.'],
  ['redis://a:geheim@host/zero', 'url: "redis:…" is not the address of a Redis.'],
  ['http://a:geheim@host', 'url: "http:…" is not the address of a Redis.'],
])('the address %s is refused without its password', (url, message) => {
  expect(() => redisLocks({ url })).toThrow(expect.objectContaining({ code: 'option_invalid', field: 'url' }))
  expect(() => redisLocks({ url })).toThrow(message)
  expect(() => redisLocks({ url })).not.toThrow('geheim')
})

test('one of url and client, and a time to live of a second at least', () => {
  expect(() => redisLocks({})).toThrow('redisLocks: give either "url" or "client".')
  expect(() => redisLocks({ client: {} as never })).toThrow('is not a client of the package "redis"')
  expect(() => redisLocks({ url: 'redis://host' }, { ttl: 999 })).toThrow('ttl: 999 is not allowed.')
  expect(() => createRota({ locks: 'redis://a:geheim@host' as never })).toThrow('locks: a text is not a lock service.')
})
