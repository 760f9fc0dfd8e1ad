/** Several processes fire the same schedules, and people change them at that moment. Other objects in this process stand for them. */
import { afterEach, expect, test } from 'vitest'
import { createRota, defineJob, type Rota, type RotaOptions } from '../../src/index.ts'
import { clocked } from '../support/clocked.ts'
import { until } from '../support/condition.ts'
import { onEveryStorage } from '../support/storages.ts'

const rotas: Rota[] = []
afterEach(async () => {
  for (const rota of rotas.splice(0)) await rota.stop({ grace: 0 })
})

const second = 1_000
const ids = Array.from({ length: 300 }, (_, n) => `s-${n}`)
/** Nobody works on them, so that they stay. */
const tick = defineJob({ id: 'tick', lane: 'nowhere', run: () => {} })

onEveryStorage('races of schedules', ({ url, shared }) => {
  const rotaWith = (options: RotaOptions = {}) => {
    const rota = createRota({ storage: url(), jobs: [tick], poll: '50ms', ...options })
    rotas.push(rota)
    return rota
  }
  /** Each slot that ran or was skipped, as often as it did. */
  const slotsOf = async (rota: Rota, id: string): Promise<number[]> => {
    const events = (await rota.schedules.history(id, { limit: 1_000 })).events
    return events
      .flatMap((event) =>
        event.kind === 'run'
          ? [event.slot.getTime()]
          : Array.from({ length: event.count }, (_, n) => event.slot.getTime() - n * second),
      )
      .toSorted((a, b) => a - b)
  }

  test('each slot of 300 schedules becomes one job or one skip, whoever fires it', async () => {
    const all = (shared ? [1, 2, 3] : [1]).map(() => rotaWith())
    const [rota] = all as [Rota]
    const told: string[] = []
    const troubles: unknown[] = []
    for (const one of all) {
      one.on('schedule:fired', ({ schedule, slot }) => told.push(`${schedule} ${slot.getTime()}`))
      one.on('schedule:skipped', ({ schedule, slot, count }) => {
        for (let n = 0; n < count; n++) told.push(`${schedule} ${slot.getTime() - n * second}`)
      })
      one.on('worker:trouble', ({ error }) => troubles.push(error))
    }
    const put = await Promise.all(
      ids.map((id, n) =>
        rota.schedules.put({
          id,
          job: tick,
          when: { every: '1s' },
          overlap: n % 3 === 0 ? 'skip' : 'allow',
          maxRuns: 1_000,
        }),
      ),
    )
    await Promise.all(all.map((one) => one.start()))
    const first = Math.max(...put.map(({ nextAt }) => Number(nextAt)))
    const isThere = async () =>
      (await rota.schedules.list({ limit: 1_000 })).schedules.every(({ nextAt }) => Number(nextAt) > first + 4 * second)
    await until('some seconds have passed', isThere)
    await Promise.all(all.map((one) => one.stop()))
    const look = shared ? rotaWith() : null
    expect(troubles).toEqual([])
    expect(new Set(told).size).toBe(told.length) // nobody tells what another one did
    if (look === null) return expect(told.length).toBeGreaterThanOrEqual(5 * ids.length)
    for (const [n, id] of ids.entries()) {
      const slots = await slotsOf(look, id)
      const begin = Number(put[n]?.nextAt)
      const end = Number((await look.schedules.get(id))?.nextAt)
      expect([id, slots]).toEqual([id, Array.from({ length: (end - begin) / second }, (_, i) => begin + i * second)])
      expect(told.filter((one) => one.startsWith(`${id} `)).length).toBe(slots.length)
      const runs = (await look.jobs.list({ filter: { schedule: id }, limit: 1_000 })).jobs.length
      expect([id, (await look.schedules.get(id))?.runs]).toEqual([id, runs])
    }
  })

  test('a pause at the moment of firing: no slot after it, none twice, and none lost', async () => {
    let now = Date.UTC(2027, 2, 1, 9)
    const begin = now
    const at = () => rotaWith({ storage: clocked(url(), () => now), lease: '30d', poll: '10ms' })
    const all = (shared ? [1, 2] : [1]).map(at)
    const [rota] = all as [Rota]
    const own = ids.slice(0, 20)
    for (const id of own) await rota.schedules.put({ id, job: tick, when: { every: '1s' } })
    for (const one of all) await one.start()
    const jobs = async (id: string) => (await rota.jobs.list({ filter: { schedule: id }, limit: 1_000 })).jobs.length
    for (let round = 0; round < 12; round++) {
      now += second // all of them are due, and whoever looks first fires
      const paused = await Promise.all(
        own.map(async (id, n) => {
          for (let i = 0; i < (n * round) % 7; i++) await new Promise((resolve) => setImmediate(resolve))
          await all[n % all.length]?.schedules.pause(id)
          return jobs(id)
        }),
      )
      now += 2 * second
      await rota.schedules.put({ id: 'beside', job: tick, when: { every: '1s' } })
      now += second
      await until('another one is fired', async () => (await jobs('beside')) > round)
      expect(await Promise.all(own.map(jobs))).toEqual(paused)
      await Promise.all(own.map((id, n) => all[(n + 1) % all.length]?.schedules.resume(id)))
    }
    for (const id of own) {
      const end = (Number((await rota.schedules.get(id))?.nextAt) - begin) / second
      expect([id, (await slotsOf(rota, id)).map((slot) => (slot - begin) / second)]).toEqual([
        id,
        Array.from({ length: end - 1 }, (_, n) => n + 1),
      ])
    }
  })

  test('an edit, or a deletion, at the moment of firing: never two jobs of one slot', async () => {
    let now = Date.UTC(2027, 2, 1, 9)
    const at = () => rotaWith({ storage: clocked(url(), () => now), lease: '30d', poll: '10ms' })
    const all = (shared ? [1, 2] : [1]).map(at)
    const [rota, other = rota] = all as [Rota, Rota?]
    const troubles: unknown[] = []
    const fired: string[] = []
    for (const one of all) {
      one.on('worker:trouble', ({ error }) => troubles.push(error))
      one.on('schedule:fired', ({ schedule, slot }) => fired.push(`${schedule} ${slot.getTime()}`))
    }
    const put = (one: Rota, id: string, input: unknown) =>
      one.schedules.put({ id, job: tick, when: { cron: '* * * * * *' }, input })
    const own = ids.slice(0, 20)
    for (const id of own) await put(rota, id, 0)
    for (const one of all) await one.start()
    for (let round = 1; round <= 12; round++) {
      now += second
      await Promise.all(
        own.map(async (id, n) => {
          for (let i = 0; i < (n * round) % 5; i++) await new Promise((resolve) => setImmediate(resolve))
          const [one, another] = n % 2 === 0 ? [rota, other] : [other, rota]
          if (n < 10) await Promise.all([put(one, id, round), put(another, id, `${round}`), one.schedules.trigger(id)])
          else {
            await one.schedules.delete(id)
            expect(await another.schedules.get(id)).toBeNull()
            await put(another, id, round)
          }
        }),
      )
      const isFired = async () =>
        (await rota.schedules.list({ limit: 1_000 })).schedules.every(({ nextAt }) => Number(nextAt) > now)
      await until('all are fired', isFired)
    }
    expect(troubles).toEqual([])
    expect(fired.length).toBe(new Set(fired).size)
    for (const [n, id] of own.entries()) {
      const { jobs } = await rota.jobs.list({ filter: { schedule: id }, limit: 1_000 })
      const slots = jobs.flatMap(({ schedule }) => (schedule?.slot ? [schedule.slot.getTime()] : []))
      expect(new Set(slots).size).toBe(slots.length)
      if (n < 10) expect([slots.length, jobs.length - slots.length]).toEqual([12, 12]) // and as many that were asked for
    }
  })
})
