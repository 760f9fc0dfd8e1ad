import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { allStates, decide, finalStates, maxLapses, type Outcome, onLapses, states } from './states.ts'

const claim = fc.record({
  id: fc.uuid(),
  fence: fc.nat(),
  attempt: fc.integer({ min: 1, max: 10 }),
  maxAttempts: fc.integer({ min: 1, max: 10 }),
  lapses: fc.integer({ min: 0, max: 5 }),
  onLapse: fc.constantFrom(...onLapses),
  forgets: fc.boolean(),
})
const error = { name: 'Error', message: 'no luck' }
const outcome: fc.Arbitrary<Outcome> = fc.oneof(
  fc.constant<Outcome>({ kind: 'success', output: '1' }),
  fc.boolean().map((retryable): Outcome => ({ kind: 'failure', error, reason: null, retryable })),
  fc.nat().map((delay): Outcome => ({ kind: 'snooze', delay })),
  fc.constant<Outcome>({ kind: 'discard', reason: 'x' }),
  fc.constant<Outcome>({ kind: 'cancel', reason: 'x' }),
  fc.boolean().map((started): Outcome => ({ kind: 'release', started })),
  fc.constant<Outcome>({ kind: 'lapse' }),
)

describe('the table of states', () => {
  test('leads from every state to the end, and from the end only back to the beginning', () => {
    for (const state of allStates) expect(states[state].next.length).toBeGreaterThan(0)
    const waiting = allStates.filter((state) => !states[state].final && state !== 'running')
    for (const state of finalStates) expect(waiting).toEqual(expect.arrayContaining([...states[state].next]))
    expect(finalStates).toEqual(['succeeded', 'failed', 'cancelled', 'expired'])
  })
})

describe('decide', () => {
  test('only takes ways that the table of states allows, and keeps id and fence', () => {
    fc.assert(
      fc.property(claim, outcome, fc.nat(), (job, how, delay) => {
        const change = decide(job, how, () => delay)
        expect(states.running.next).toContain(change.to)
        expect([change.id, change.fence]).toEqual([job.id, job.fence])
        expect('output' in change).toBe(states[change.to].final)
      }),
    )
  })

  test('never allows more attempts than the maximum, nor more lapses', () => {
    fc.assert(
      fc.property(claim, outcome, (job, how) => {
        const change = decide(job, how, () => 1)
        if ('output' in change) return
        if (how.kind === 'failure') expect(job.attempt).toBeLessThan(job.maxAttempts)
        expect(change.attempt).toBe(how.kind === 'failure' ? job.attempt : job.attempt - 1)
        expect(change.lapses).toBeLessThan(how.kind === 'lapse' ? maxLapses : 6)
      }),
    )
  })

  test('a third lapse gives the job up', () => {
    const job = { id: 'x', fence: 3, attempt: 1, maxAttempts: 9, lapses: 2, onLapse: 'retry' as const, forgets: false }
    expect(decide(job, { kind: 'lapse' }, () => 0)).toMatchObject({
      to: 'failed',
      reason: 'abandoned',
      error: { code: 'lease_lost' },
    })
    expect(decide({ ...job, lapses: 1 }, { kind: 'lapse' }, () => 0)).toMatchObject({
      to: 'ready',
      lapses: 2,
      attempt: 0,
    })
  })

  test('what must not be started twice ends when its worker goes, unless it never started', () => {
    const job = { id: 'x', fence: 1, attempt: 1, maxAttempts: 2, lapses: 0, onLapse: 'fail' as const, forgets: false }
    expect(decide(job, { kind: 'lapse' }, () => 0)).toMatchObject({ to: 'failed', reason: 'lapsed' })
    const given = (started: boolean) => decide(job, { kind: 'release', started }, () => 0)
    expect(given(true)).toMatchObject({ to: 'failed', reason: 'interrupted' })
    expect(given(false)).toMatchObject({ to: 'ready', attempt: 0 })
    const failure: Outcome = { kind: 'failure', error, reason: null, retryable: true }
    expect(decide(job, failure, () => 5)).toMatchObject({ to: 'scheduled' })
  })

  test('a failure waits for its delay; the last one is final', () => {
    const job = { id: 'x', fence: 1, attempt: 1, maxAttempts: 2, lapses: 0, onLapse: 'retry' as const, forgets: false }
    const failure: Outcome = { kind: 'failure', error, reason: 'timed_out', retryable: true }
    expect(decide(job, failure, () => 500)).toMatchObject({
      to: 'scheduled',
      delay: 500,
      attempt: 1,
      reason: 'timed_out',
    })
    expect(decide(job, failure, () => 0)).toMatchObject({ to: 'ready', delay: 0 })
    expect(decide({ ...job, attempt: 2 }, failure, () => 500)).toMatchObject({ to: 'failed', error })
    expect(decide(job, { ...failure, retryable: false }, () => 500)).toMatchObject({ to: 'failed', error })
  })
})
