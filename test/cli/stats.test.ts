import { join } from 'node:path'
import { expect, test } from 'vitest'
import { counterOf, newTally, tallyText } from '../../src/engine/counters.ts'
import { recordTime } from '../../src/engine/histogram.ts'
import { floorTo, presentOf } from '../../src/engine/roll-up.ts'
import { openStorage } from '../../src/storage/open.ts'
import { newFolder, rota } from './command.ts'

test('stats tells what was done, as a table or as JSON, and says what it accepts', async () => {
  const folder = newFolder()
  const place = `sqlite:${join(folder, 'rota.db')}`
  const storage = await openStorage(place)
  await storage.migrate()
  const stats = (...args: string[]) => rota(folder, 'stats', ...args, '--storage', place)
  expect(await stats()).toEqual({
    code: 0,
    stdout: '',
    stderr: expect.stringContaining('nothing was done in that time'),
  })

  const tally = newTally()
  const counter = counterOf(tally, 'mail', 'send')
  Object.assign(counter, { succeeded: 1_200, failed: 3 })
  recordTime(counter.wait, 4_200)
  recordTime(counter.run, 12)
  tally.depth = new Map([['mail', { waiting: 7, running: 1, scheduled: 0 }]])
  const at = floorTo((await presentOf(storage)) - 120_000, 60_000)
  await storage.count([{ span: 'minute', at, worker: 'w', data: tallyText(tally) }])
  const later = newTally()
  Object.assign(counterOf(later, 'other', 'later'), { snoozed: 2 })
  await storage.count([{ span: 'minute', at: at - 60_000, worker: 'w', data: tallyText(later) }])
  await storage.close()

  const lines = (await stats()).stdout.trimEnd().split('\n')
  expect(lines[0]).toMatch(
    /^FROM +SUCCEEDED +FAILED +RETRIED +CANCELLED +WAIT P50 +WAIT P99 +RUN P50 +RUN P99 +WAITING$/,
  )
  expect(lines[1]).toMatch(/^[-\d]+ [:\d]+Z +0 +0 +0 +0 /) // tries that asked to run again later are tries
  expect(lines[2]).toMatch(/^[-\d]+ [:\d]+Z +1,200 +3 +0 +0 +4\.2s +4\.2s +12ms +12ms +7$/)
  expect(lines[3]).toMatch(/^total +1,200 +3 +0 +0 /)
  expect(lines).toHaveLength(4)
  const json = JSON.parse((await stats('--lane', 'mail', '--job', 'send', '--step', '5m', '--json')).stdout)
  expect(json).toMatchObject({ step: '5m', totals: { succeeded: 1_200 }, jobs: [{ job: 'send', run: { p50: 12 } }] })
  expect((await stats('--lane', 'nowhere')).stderr).toContain('nothing was done')
  expect(await stats('--step', '2m')).toMatchObject({ code: 2, stderr: expect.stringContaining('"1m", "5m"') })
  expect(await stats('--from', 'yesterday')).toMatchObject({ code: 2, stderr: expect.stringContaining('--from') })
})
