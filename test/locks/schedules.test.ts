/** Schedules beside a real Redis: its locks save work, and the database decides, whatever becomes of Redis. */
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createRota, defineJob, type Rota } from '../../src/index.ts'
import { redisLocks } from '../../src/redis/index.ts'
import { gate, until } from '../support/condition.ts'
import { temporaryFolder } from '../support/folder.ts'
import { findRedis, type RunningRedis, startRedis } from '../support/redis.ts'
import { hasService, programFile } from '../support/services.ts'

describe.skipIf(!hasService('redis-server', findRedis()))('schedules with locks in Redis', () => {
  let server: RunningRedis
  let folder: string
  let made = 0
  const rotas: Rota[] = []

  beforeAll(async () => {
    server = await startRedis()
    folder = temporaryFolder('schedule-locks')
  })
  afterEach(async () => {
    for (const rota of rotas.splice(0)) await rota.stop({ grace: 0 })
  })
  afterAll(async () => {
    await server.stop()
    rmSync(folder, { recursive: true })
  })

  const cli = (...args: string[]) =>
    execFileSync(programFile('redis-cli') as string, ['-u', server.url, ...args], { encoding: 'utf8' }).trim()

  /** Several processes' worth of Rotas on one storage; each job tells its slot. */
  const several = (count: number, run: (slot: number) => unknown, overlap: 'allow' | 'skip' = 'allow') => {
    const storage = `sqlite:${join(folder, `${++made}.db`)}`
    return Array.from({ length: count }, () => {
      const tick = defineJob({ id: 'tick', run: (_, ctx) => run(Number(ctx.schedule?.slot)) })
      const rota = createRota({ storage, jobs: [tick], locks: redisLocks({ url: server.url }) })
      rota.schedule('daily_cleanup', tick).cron('* * * * * *').onOneServer().overlap(overlap)
      rotas.push(rota)
      return rota
    })
  }

  test('while a run is under way redis-cli shows its lock: key, owner and ten minutes; nobody else may free it', async () => {
    const done = gate()
    const begun = gate()
    const [rota] = several(
      1,
      () => {
        begun.open()
        return done.opened
      },
      'skip',
    )
    await rota?.start()
    await begun.opened
    const key = 'schedule:jobLock:daily_cleanup:overlap'
    expect(cli('keys', 'schedule:jobLock:*').split('\n')).toContain(key)
    const owner = cli('get', key)
    expect(owner.length).toBeGreaterThan(16)
    expect(Number(cli('ttl', key))).toBeGreaterThan(590)
    expect(Number(cli('ttl', key))).toBeLessThanOrEqual(600)
    const other = redisLocks({ url: server.url })
    expect(await other.unlock(key, 'somebody else')).toBe(false)
    expect(await other.renewLock({ name: key, owner: 'somebody else', ttl: 1_000 })).toBe(false)
    await other.close()
    expect(cli('get', key)).toBe(owner)
    done.open()
    await until('it is free', () => cli('get', key) !== owner)
  })

  test('a lock that somebody else holds costs five seconds, and is left as it is', async () => {
    cli('flushall')
    cli('set', 'schedule:jobLock:daily_cleanup:server', 'somebody', 'px', '600000')
    const slots: number[] = []
    const [rota] = several(1, (slot) => slots.push(slot))
    await rota?.start()
    await until('the database goes on', () => slots.length > 0)
    expect(cli('get', 'schedule:jobLock:daily_cleanup:server')).toBe('somebody')
    const { events } = await (rota as Rota).schedules.history('daily_cleanup', { limit: 1 })
    const [event] = events
    // Slots that were due meanwhile are one run, for the latest of them.
    expect(event).toMatchObject({ kind: 'run', missed: expect.toSatisfy((missed) => missed >= 4) })
  })

  test('FLUSHALL, a Redis that dies and one that is gone: each slot runs once', async () => {
    cli('flushall')
    const slots: number[] = []
    const troubles: unknown[] = []
    const all = several(3, (slot) => slots.push(slot))
    for (const rota of all) rota.on('worker:trouble', ({ error }) => troubles.push(error))
    for (const rota of all) await rota.start()
    await until('they run', () => slots.length >= 2)
    cli('flushall')
    const before = slots.length
    await until('they go on', () => slots.length >= before + 2)
    await server.kill()
    const without = slots.length
    await until('they go on without Redis', () => slots.length >= without + 3)
    await server.start()
    const again = slots.length
    await until('they go on with it', () => slots.length >= again + 2)
    await all[0]?.schedules.pause('daily_cleanup')
    expect(slots).toEqual([...new Set(slots)])
    const first = Math.min(...slots)
    const events = (await (all[0] as Rota).schedules.history('daily_cleanup', { limit: 1_000 })).events
    const counted = events.reduce((sum, event) => sum + (event.kind === 'run' ? 1 : event.count), 0)
    expect(counted).toBe((Math.max(...events.map(({ slot }) => slot.getTime())) - first) / 1_000 + 1)
    expect(troubles).toEqual([])
  })
})
