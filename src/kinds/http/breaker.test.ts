import { describe, expect, test } from 'vitest'
import { type Breaker, createBreaker, type Pass } from './breaker.ts'

const limits = { failures: 3, pause: 1_000 }
const a = 'https://a.example'

function bench(most?: number) {
  const clock = { now: 5_000 }
  const breaker = createBreaker(() => clock.now, most)
  return { clock, breaker }
}

const passOf = (breaker: Breaker, origin = a): Pass => {
  const { pass } = breaker.admit(origin, limits)
  if (pass === null) throw new Error(`${origin} is open`)
  return pass
}
const fail = (breaker: Breaker, times = limits.failures, origin = a) => {
  for (let i = 0; i < times; i++) passOf(breaker, origin).fail()
}

test('so many failures in a row open it, for that origin alone', () => {
  const { breaker } = bench()
  fail(breaker, 2)
  passOf(breaker).succeed()
  fail(breaker, 2)
  expect(breaker.admit(a, limits).pass).not.toBe(null)
  fail(breaker, 1)
  expect(breaker.admit(a, limits)).toEqual({ pass: null, delay: 1_000 })
  expect(breaker.admit('https://b.example', limits).pass).not.toBe(null)
})

describe('after the pause', () => {
  test('one request at a time may see, and success closes it', () => {
    const { clock, breaker } = bench()
    fail(breaker)
    clock.now += 999
    expect(breaker.admit(a, limits)).toEqual({ pass: null, delay: 1 })
    clock.now += 1
    const probe = passOf(breaker)
    expect(breaker.admit(a, limits)).toEqual({ pass: null, delay: 1_000 })
    probe.succeed()
    fail(breaker, 2)
    expect(breaker.admit(a, limits).pass).not.toBe(null)
  })

  test('a failure opens it for twice as long each time, to a quarter of an hour', () => {
    const { clock, breaker } = bench()
    fail(breaker)
    const pauses: number[] = []
    for (let i = 0; i < 12; i++) {
      const { delay } = breaker.admit(a, limits) as { delay: number }
      pauses.push(delay)
      clock.now += delay
      passOf(breaker).fail()
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900].map((s) => s * 1_000))
    clock.now += 900_000
    passOf(breaker).succeed()
    fail(breaker)
    expect(breaker.admit(a, limits)).toMatchObject({ delay: 1_000 })
  })

  test('whoever asks while one is out waits as long as that has taken: a second to a pause', () => {
    const { clock, breaker } = bench()
    const long = { failures: 1, pause: 60_000 }
    const { pass } = breaker.admit(a, long)
    pass?.fail()
    clock.now += 60_000
    const probe = breaker.admit(a, long).pass
    const delays: number[] = []
    for (const passed of [0, 500, 1_500.25, 28_000, 40_000, 900_000]) {
      clock.now += passed
      delays.push((breaker.admit(a, long) as { delay: number }).delay)
    }
    expect(delays).toEqual([1_000, 1_000, 2_001, 30_001, 60_000, 60_000])
    probe?.release()
    breaker.admit(a, long) // another one, which begins anew
    expect(breaker.admit(a, long)).toEqual({ pass: null, delay: 1_000 })
  })

  test('a probe that says nothing makes room for the next one', () => {
    const { clock, breaker } = bench()
    fail(breaker)
    clock.now += 1_000
    const first = passOf(breaker)
    first.release()
    const second = passOf(breaker)
    first.fail() // over already
    expect(breaker.admit(a, limits)).toMatchObject({ delay: 1_000 })
    second.succeed()
    expect(breaker.admit(a, limits).pass).not.toBe(null)
  })
})

test('what was under way when it opened says nothing any more', () => {
  const { clock, breaker } = bench()
  const [early, late] = [passOf(breaker), passOf(breaker)]
  fail(breaker)
  early.succeed()
  expect(breaker.admit(a, limits)).toMatchObject({ pass: null })
  late.fail()
  clock.now += 1_000
  expect(breaker.admit(a, limits).pass).not.toBe(null)
})

test('a pass counts once', () => {
  const { breaker } = bench()
  const pass = passOf(breaker)
  for (let i = 0; i < 5; i++) pass.fail()
  expect(breaker.admit(a, limits).pass).not.toBe(null)
})

test('the origin that was asked for longest ago is forgotten first', () => {
  const { breaker } = bench(2)
  fail(breaker, 3, 'a')
  fail(breaker, 3, 'b')
  expect(breaker.admit('a', limits).pass).toBe(null)
  fail(breaker, 3, 'c')
  expect(breaker.admit('a', limits).pass).toBe(null)
  expect(breaker.admit('b', limits).pass).not.toBe(null)
})
