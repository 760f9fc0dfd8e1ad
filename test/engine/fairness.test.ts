/** Nothing that is due waits for ever behind what goes on and on. */
import { afterEach, expect, test } from 'vitest'
import { createRota, defineJob, type Rota, type RotaOptions, type } from '../../src/index.ts'
import { onEveryStorage } from '../support/storages.ts'

const rotas: Rota[] = []
afterEach(async () => {
  for (const rota of rotas.splice(0)) await rota.stop({ grace: 0 })
})

onEveryStorage('under a flood that never ends', ({ url }) => {
  const rotaWith = (options: RotaOptions) => {
    const rota = createRota({ storage: url(), ...options })
    rotas.push(rota)
    return rota
  }

  test('a retry, a higher priority, another lane, what is put to now and what was due before have their turn', async () => {
    let flowing = true
    const flood = defineJob({
      id: 'flood',
      input: type<number>(),
      async run(n) {
        if (flowing) await rota.enqueue(flood, n + 1)
      },
    })
    const flaky = defineJob({
      id: 'flaky',
      backoff: { type: 'fixed', delay: 20 },
      run: (_, ctx) => {
        if (ctx.attempt < 3) throw new Error('not yet')
        return 'third time'
      },
    })
    const plain = defineJob({ id: 'plain', run: () => 'done' })
    const rota: Rota = rotaWith({ jobs: [flood, flaky, plain], lanes: { default: 20, side: 1 } })
    await rota.start()
    // Far more than there are slots, so that there is always a full batch that is due.
    await rota.enqueueMany(
      flood,
      Array.from({ length: 1_500 }, () => 0),
    )
    const later = await rota.enqueue(plain, undefined, { in: '1h' })
    const all = [
      await rota.enqueue(flaky),
      await rota.enqueue(plain, undefined, { priority: 'high' }),
      await rota.enqueue(plain, undefined, { lane: 'side' }),
      await rota.jobs.run(later.id).then(() => later),
      await rota.enqueue(plain, undefined, { at: new Date(0) }),
    ]
    for (const { id } of all) expect(await rota.result(id as typeof later.id, { timeout: '20s' })).toBeTruthy()
    expect(flowing && (await rota.jobs.list({ filter: 'state:ready' })).jobs.length).toBeGreaterThan(0)
    flowing = false
  })
})
