import { expect, test } from 'vitest'
import type { ClaimedJob } from '../storage/contract.ts'
import { Lane } from './lane.ts'

const job = {} as ClaimedJob

function fed(lane: Lane, jobs: number, now = 0): Lane {
  for (let i = 0; i < jobs; i++) lane.push(job, now)
  return lane
}

test('a lane starts with its slots, and fetches ahead only what the last jobs show to start within 100 ms', () => {
  expect(new Lane('mail', 10).room).toBe(10)
  expect(after(10).room).toBe(10 + 100)
  expect(after(0.001).room).toBe(10 + 900)
  expect(after(5_000).room).toBe(10)

  function after(ms: number): Lane {
    const lane = fed(new Lane('mail', 10), 1)
    lane.take()
    lane.free(ms)
    return lane
  }
})

test('one slow job among fast ones shrinks what is held at once', () => {
  const lane = fed(new Lane('mail', 1), 3)
  for (const ms of [0.01, 0.01, 5_000]) {
    lane.take()
    lane.free(ms)
  }
  expect(lane.room).toBe(1)
})

test('no more jobs are handed out than there are slots', () => {
  const lane = fed(new Lane('mail', 2), 5)
  expect([lane.take(), lane.take(), lane.take()]).toEqual([job, job, null])
  lane.free(1)
  expect(lane.take()).toBe(job)
  expect([lane.running, lane.queued]).toEqual([2, 2])
})

test('what waits too long for a slot is taken out, the rest stays', () => {
  const lane = fed(fed(new Lane('mail', 1), 2, 0), 3, 1_000)
  expect(lane.takeWaitingSince(500).length).toBe(2)
  expect(lane.queued).toBe(3)
})
