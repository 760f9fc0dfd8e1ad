/** `rota.lock` on every storage: who holds a lock, who waits, and how it ends. */
import { afterEach, describe, expect, test } from 'vitest'
import { createRota, type Lock, type Rota, RotaError, type Storage } from '../../src/index.ts'
import { openStorage } from '../../src/storage/open.ts'
import { gate, until } from '../support/condition.ts'
import { onEveryStorage } from '../support/storages.ts'

const rotas: Rota[] = []
afterEach(async () => {
  for (const rota of rotas.splice(0)) await rota.stop({ grace: 0 })
})
const open = (storage: string | Storage): Rota => {
  const rota = createRota({ storage })
  rotas.push(rota)
  return rota
}
/** Holds the lock until it is let go, or lost; one that is deaf goes on then. */
async function holding(rota: Rota, name: string, options: { ttl?: number } = {}, deaf = false) {
  const [started, end] = [gate(), gate()]
  let held: Lock | undefined
  const done = rota.lock(name, options, async (lock) => {
    held = lock
    started.open()
    const lost = new Promise<void>((resolve) => lock.signal.addEventListener('abort', () => resolve()))
    await Promise.race([end.opened, ...(deaf ? [] : [lost])])
    return 'done'
  })
  done.catch(() => {})
  await Promise.race([started.opened, done])
  return { lock: held as Lock, done, release: end.open }
}

onEveryStorage('rota.lock', ({ url, shared }) => {
  /** Another process would see the same as another Rota. */
  const two = () => {
    const one = open(url())
    return [one, shared ? open(url()) : one] as const
  }

  test('gives what the function returned; one holder at a time; freed at the end, also by an error', async () => {
    const [one, other] = two()
    const held = await holding(one, 'report')
    expect(held.lock).toMatchObject({ name: 'report', held: true })
    const error = await other.lock('report', () => 1).catch((thrown) => thrown)
    expect(error).toBeInstanceOf(RotaError)
    expect(error).toMatchObject({
      code: 'lock_held',
      message:
        'The lock "report" is held by another, so the function was not run. To wait for it, give { wait: \'10s\' }.',
    })
    expect(await other.lock('another', () => 'free')).toBe('free')
    held.release()
    expect(await held.done).toBe('done')
    expect(held.lock.held).toBe(false)
    const tokens = [held.lock.token]
    const broken = new Error('no luck')
    for (const work of [
      () => {
        throw broken
      },
      async () => Promise.reject(broken),
    ])
      await expect(
        other.lock('report', (lock) => {
          tokens.push(lock.token)
          return work()
        }),
      ).rejects.toBe(broken)
    await one.lock('report', (lock) => void tokens.push(lock.token))
    expect(tokens).toEqual([...new Set(tokens)].sort((a, b) => a - b))
    expect(tokens).toHaveLength(4)
  })

  test('ten who wait for each other are never two at once, and tokens grow', async () => {
    const [one, other] = two()
    let inside = 0
    const tokens: number[] = []
    await Promise.all(
      Array.from({ length: 10 }, async (_, i) => {
        for (let round = 0; round < 3; round++)
          await (i % 2 === 0 ? one : other).lock('shared', { wait: '30s' }, async ({ token }) => {
            expect(++inside).toBe(1)
            tokens.push(token)
            await new Promise((resolve) => setImmediate(resolve))
            inside--
          })
      }),
    )
    expect(tokens).toEqual([...new Set(tokens)].sort((a, b) => a - b))
    expect(tokens).toHaveLength(30)
  })

  test('a wait ends with the lock, or with lock_held when it is over, or with aborted', async () => {
    const [one, other] = two()
    const held = await holding(one, 'report')
    const before = performance.now()
    const error = await other.lock('report', { wait: 300 }, () => 1).catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'lock_held', message: expect.stringContaining('for the 300 ms') })
    expect(performance.now() - before).toBeGreaterThan(299)
    expect(performance.now() - before).toBeLessThan(1_500)
    const controller = new AbortController()
    const given = other.lock('report', { wait: '30s', signal: controller.signal }, () => 1)
    controller.abort(new Error('enough'))
    await expect(given).rejects.toMatchObject({
      code: 'aborted',
      cause: expect.objectContaining({ message: 'enough' }),
    })
    const waiting = other.lock('report', { wait: '30s' }, () => 'mine')
    held.release()
    expect(await waiting).toBe('mine')
  })

  test('it is renewed for as long as the function runs', async () => {
    const [one, other] = two()
    const held = await holding(one, 'long', { ttl: 1_500 })
    for (const end = performance.now() + 3_200; performance.now() < end; ) {
      await expect(other.lock('long', () => 1)).rejects.toMatchObject({ code: 'lock_held' })
      await new Promise((resolve) => setTimeout(resolve, 30))
    }
    expect([held.lock.held, held.lock.signal.aborted]).toEqual([true, false])
    held.release()
    expect(await held.done).toBe('done')
  })
})

describe('rota.lock', () => {
  /** A storage whose answers to a verb can be taken away. */
  async function breakable() {
    const inner = await openStorage('sqlite::memory:')
    const broken = new Map<string, 'fails' | 'silent' | 'lost'>()
    const storage = new Proxy(inner, {
      get(target, method: keyof Storage) {
        const call = target[method]
        if (typeof call !== 'function') return call
        return async (...args: never[]) => {
          const how = broken.get(method)
          if (how === 'silent') return new Promise(() => {})
          if (how === 'fails') throw new RotaError('storage_unreachable', `${method} did not arrive`)
          const answer = await (call as (...args: never[]) => unknown).apply(target, args)
          if (how === 'lost') throw new RotaError('storage_unreachable', `the answer of ${method} was lost`)
          return answer
        }
      },
    })
    return { rota: open(storage), broken, inner }
  }

  test.each(['fails', 'silent'] as const)(
    'renewals that are %s: the signal fires before the lock runs out',
    async (how) => {
      const { rota, broken, inner } = await breakable()
      const held = await holding(rota, 'report', { ttl: 2_000 }, true)
      const since = performance.now()
      broken.set('renewLock', how)
      await until('the signal has fired', () => held.lock.signal.aborted, 4_000)
      expect(performance.now() - since).toBeGreaterThan(1_000)
      const mayTake = await inner.lock({ name: 'rota:lock:report', owner: 'me', ttl: 1_000 })
      expect(mayTake).toBeNull() // nobody could have had it until now
      expect(held.lock.signal.reason).toMatchObject({ code: 'lock_lost' })
      const message = 'The lock "report" is lost: it could not be renewed in time. Another may hold it by now.'
      held.release()
      await expect(held.done).rejects.toMatchObject({ code: 'lock_lost', message })
    },
  )

  test('a renewal that fails now and then is nothing to hear of', async () => {
    const { rota, broken } = await breakable()
    const held = await holding(rota, 'report', { ttl: 2_000 })
    for (let n = 0; n < 12; n++) {
      if (n % 2 === 0) broken.set('renewLock', 'fails')
      else broken.clear()
      await new Promise((resolve) => setTimeout(resolve, 150))
    }
    broken.clear()
    held.release()
    expect(await held.done).toBe('done')
  })

  test('a lock that ran out and went to another stays with that one', async () => {
    const { rota, inner, broken } = await breakable()
    const held = await holding(rota, 'report', { ttl: 1_000 }, true)
    const now = { name: 'rota:lock:report', ttl: 30_000 }
    broken.set('renewLock', 'silent')
    const since = performance.now()
    await until('it ran out', async () => (await inner.lock({ ...now, owner: 'other' })) !== null, 3_000)
    expect(performance.now() - since).toBeGreaterThan(500)
    broken.clear()
    held.release()
    await expect(held.done).rejects.toMatchObject({ code: 'lock_lost' })
    expect(await inner.renewLock({ ...now, owner: 'other' })).toBe(true)
  })

  test('an answer that got lost leaves no lock behind', async () => {
    const { rota, broken } = await breakable()
    broken.set('lock', 'lost')
    await expect(rota.lock('report', () => 1)).rejects.toMatchObject({ code: 'storage_unreachable' })
    broken.set('lock', 'fails')
    await expect(rota.lock('report', () => 1)).rejects.toMatchObject({ code: 'storage_unreachable' })
    const waiting = rota.lock('report', { wait: '10s' }, () => 'mine')
    await new Promise((resolve) => setTimeout(resolve, 50))
    broken.clear()
    expect(await waiting).toBe('mine')
  })

  test.each([true, false])(
    'a loop that was blocked: no signal has fired, held knows, and the end tells (held read: %s)',
    async (read) => {
      const { rota } = await breakable()
      const blocked = rota.lock('report', { ttl: 1_000 }, (lock) => {
        for (const end = performance.now() + 1_100; performance.now() < end; );
        expect(lock.signal.aborted).toBe(false)
        if (read) expect([lock.held, lock.signal.aborted]).toEqual([false, true])
      })
      await expect(blocked).rejects.toMatchObject({ code: 'lock_lost' })
    },
  )

  test("the caller's signal fires within the function, with its reason; the lock is held until the function ends", async () => {
    const rota = open('sqlite::memory:')
    const controller = new AbortController()
    const reason = new Error('cancelled')
    const value = await rota.lock('report', { signal: controller.signal }, async (lock) => {
      controller.abort(reason)
      expect([lock.signal.reason, lock.held]).toEqual([reason, true])
      await expect(rota.lock('report', () => 1)).rejects.toMatchObject({ code: 'lock_held' })
      return 'cleaned up'
    })
    expect(value).toBe('cleaned up')
    await expect(rota.lock('report', { signal: AbortSignal.abort() }, () => 1)).rejects.toMatchObject({
      code: 'aborted',
    })
  })

  test('stop refuses those who wait at once, lets functions end within the grace, and then tells them', async () => {
    const rota = open('sqlite::memory:')
    const [quick, slow] = [await holding(rota, 'quick'), await holding(rota, 'slow')]
    const waiting = rota.lock('slow', { wait: '30s' }, () => 1)
    const stopped = rota.stop({ grace: 400 })
    await expect(waiting).rejects.toMatchObject({ code: 'closed' })
    await expect(rota.lock('other', () => 1)).rejects.toMatchObject({ code: 'closed' })
    quick.release()
    expect(await quick.done).toBe('done')
    expect(slow.lock.signal.aborted).toBe(false)
    await until('the signal has fired', () => slow.lock.signal.aborted, 2_000)
    expect(slow.lock.signal.reason).toMatchObject({ code: 'closed' })
    expect(await slow.done).toBe('done')
    await stopped
  })

  test('a function that goes on after stop is not waited for, and nobody gets its lock before it runs out', async () => {
    const { rota, inner } = await breakable()
    const [started, end] = [gate(), gate()]
    const done = rota.lock('stubborn', async () => {
      started.open()
      await end.opened
    })
    done.catch(() => {})
    await started.opened
    let freed = false
    const close = inner.close.bind(inner)
    inner.close = async () => {
      freed = (await inner.lock({ name: 'rota:lock:stubborn', owner: 'me', ttl: 1_000 })) !== null
      await close()
    }
    await rota.stop({ grace: 0 })
    expect(freed).toBe(false)
    end.open()
    await expect(done).rejects.toMatchObject({ code: 'lock_lost' })
  })

  test('in other clusters the same name is another lock; an archived one has none', async () => {
    const rota = createRota({
      clusters: {
        a: 'sqlite::memory:',
        b: { storage: 'sqlite::memory:', mode: 'passive' },
        old: { storage: 'sqlite::memory:', mode: 'archived' },
      },
    })
    rotas.push(rota)
    const both = await rota.lock('x', { cluster: 'a' }, () => rota.cluster('b').lock('x', () => 'both'))
    expect(both).toBe('both')
    await expect(rota.lock('x', { cluster: 'old' }, () => 1)).rejects.toMatchObject({ code: 'cluster_archived' })
    await expect(rota.lock('x', () => 1)).rejects.toMatchObject({ code: 'cluster_unknown' })
    await expect(rota.cluster('a').lock('x', { cluster: 'b' }, () => 1)).rejects.toMatchObject({
      code: 'option_invalid',
    })
  })

  const refused: [args: unknown[], code: string, message: string][] = [
    [['', () => 1], 'option_invalid', 'name: "" is not allowed. It must be a text of 1 to 200 characters without NUL.'],
    [['x'.repeat(201), () => 1], 'option_invalid', 'name:'],
    [
      ['x', { ttl: 999 }, () => 1],
      'option_invalid',
      'ttl: 999 is not allowed. It must be a duration of at least 1000 ms.',
    ],
    [['x', { wait: 'soon' }, () => 1], 'duration_invalid', 'wait: "soon" is not a duration.'],
    [['x', { timeout: 5 }, () => 1], 'option_unknown', 'lock: there is no option "timeout"; use `wait: \'10s\'`.'],
    [['x', { expiry: 5 }, () => 1], 'option_unknown', 'lock: there is no option "expiry"; use `ttl`.'],
    [['x', null, () => 1], 'option_invalid', 'lock: options must be an object, got null.'],
    [['x', {}], 'option_invalid', 'work: a value of type object is not allowed. It must be a function.'],
    [['x'], 'option_invalid', 'work: undefined is not allowed. It must be a function.'],
  ]
  test.each(refused)('refuses %j', async (args, code, message) => {
    const rota = open('sqlite::memory:')
    const error = await (rota.lock as (...args: unknown[]) => Promise<unknown>)
      .apply(rota, args)
      .catch((thrown) => thrown)
    expect(error).toMatchObject({ code, message: expect.stringContaining(message) })
  })
})
