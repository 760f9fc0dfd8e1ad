/** A lock has one owner at a time, and each owner a larger token than the one before. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { type Cases, minute } from './kit.ts'

const ttl = 30_000
const want = (owner: string, name = 'report') => ({ name, owner, ttl })

export const locks: Cases = {
  async 'a lock has one owner, from any connection, until it lets go'({ storage, subject, connect, pass }) {
    const other = subject.shared ? await connect() : storage
    const token = await storage.lock(want('a'))
    ok(token !== null && Number.isSafeInteger(token) && token > 0)
    equal(await other.lock(want('b')), null)
    equal(await other.unlock('report', 'b'), false)
    equal(await other.renewLock(want('b')), false)
    pass(ttl - 1)
    equal(await other.lock(want('b')), null)
    equal(await other.unlock('report', 'a'), true)
    equal(await storage.unlock('report', 'a'), false)
    equal(await storage.renewLock(want('a')), false)
    const next = await other.lock(want('b'))
    ok(next !== null && next > token)
  },

  async 'a lock runs out at its time and not before; renewing gives the whole time again'({ storage, pass }) {
    const first = await storage.lock(want('a'))
    pass(ttl - 1)
    equal(await storage.renewLock(want('a')), true)
    pass(ttl - 1)
    equal(await storage.lock(want('b')), null)
    pass(1)
    equal(await storage.renewLock(want('a')), false) // nobody has it, but somebody might have had
    equal(await storage.unlock('report', 'a'), false)
    const next = await storage.lock(want('b'))
    ok(Number(next) > Number(first))
    equal(await storage.renewLock(want('a')), false)
    equal(await storage.unlock('report', 'a'), false)
    equal(await storage.lock(want('a')), null)
  },

  async 'an owner that asks again, because it heard no answer, has the same token and the whole time'({
    storage,
    pass,
  }) {
    const token = await storage.lock(want('a'))
    pass(ttl - 1)
    equal(await storage.lock(want('a')), token)
    pass(ttl - 1)
    equal(await storage.lock(want('b')), null)
  },

  async 'names are apart, whatever is in them'({ storage }) {
    const names = ['report', 'Report', 'report ', 'rapport é', 'rapport e\u0301', "'; --", '%', '🔒', 'x'.repeat(300)]
    for (const name of names) ok((await storage.lock(want('a', name))) !== null)
    for (const name of names) equal(await storage.lock(want('b', name)), null)
    for (const name of names) equal(await storage.unlock(name, 'a'), true)
  },

  async 'of many who want it at once one gets it, and tokens only grow'({ storage, subject, connect, pass }) {
    const others = subject.shared ? [await connect(), await connect()] : []
    const tokens: number[] = []
    for (let round = 0; round < 20; round++) {
      const tries = Array.from({ length: 12 }, (_, i) => {
        const on = [storage, ...others][i % (others.length + 1)] ?? storage
        return on.lock(want(`${round}-${i}`))
      })
      const answers = await Promise.all(tries)
      const winners = answers.flatMap((token, i) => (token === null ? [] : [{ token, owner: `${round}-${i}` }]))
      equal(winners.length, 1)
      const [{ token, owner }] = winners as [{ token: number; owner: string }]
      tokens.push(token)
      if (round % 2 === 0) equal(await storage.unlock('report', owner), true)
      else pass(ttl)
    }
    deepEqual(
      tokens,
      [...new Set(tokens)].sort((a, b) => a - b),
    )
  },

  async 'names that nobody uses any more are forgotten, and their tokens do not fall'({ storage, pass }) {
    const names = Array.from({ length: 7 }, (_, i) => `n${i}`)
    const last = new Map<string, number>()
    for (let round = 0; round < 5; round++) {
      for (const name of names.slice(round)) {
        const token = Number(await storage.lock(want('a', name)))
        ok(token > (last.get(name) ?? 0))
        last.set(name, token)
        equal(await storage.unlock(name, 'a'), true)
      }
      const held = Number(await storage.lock({ ...want('b', 'long'), ttl: 600 * minute }))
      pass(61 * minute)
      let bites = 0
      while (await storage.purge(2)) ok(++bites < 20)
      equal(await storage.renewLock({ ...want('b', 'long'), ttl: 600 * minute }), true)
      equal(await storage.unlock('long', 'b'), true)
      ok(held > (last.get('long') ?? 0))
      last.set('long', held)
    }
    for (const name of names) ok(Number(await storage.lock(want('c', name))) > Number(last.get(name)))
  },
}
