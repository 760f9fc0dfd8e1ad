/** Several processes fire the same schedules, with clocks that are an hour off, and one of them is killed: each slot has one record. */
import { type ChildProcess, spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createRota, defineJob, type Rota } from '../../src/index.ts'
import { until } from '../support/condition.ts'
import { temporaryFolder } from '../support/folder.ts'
import { type RunningPostgres, startPostgres } from '../support/postgres.ts'

const schedules = 60
const slot = defineJob({ id: 'slot', run: () => {} })

let folder: string
let server: RunningPostgres
const children: ChildProcess[] = []
beforeAll(async () => {
  folder = temporaryFolder('schedulers')
  server = await startPostgres()
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

async function start(storage: string, hours: number): Promise<ChildProcess> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'scheduler.ts'), storage, String(hours)])
  children.push(child)
  let output = ''
  child.stdout.on('data', (text) => (output += text))
  child.stderr.on('data', (text) => (output += text))
  await until('the process is ready', () => {
    if (child.exitCode !== null) throw new Error(`The process ended: ${output}`)
    return output.includes('ready')
  })
  return child
}

/** The slots of a schedule that have a record, as seconds; those of a range one by one. */
async function recorded(rota: Rota, id: string): Promise<number[]> {
  const events = (await rota.schedules.history(id, { limit: 1_000 })).events
  return events
    .flatMap((event) => {
      if (event.kind === 'run') return [event.slot.getTime() / 1_000]
      return Array.from({ length: event.count }, (_, n) => event.from.getTime() / 1_000 + n)
    })
    .sort((a, b) => a - b)
}

test.each([
  // The clock of a SQLite file is that of its processes, which are on one machine.
  ['SQLite', [0, 0, 0, 0, 0], () => `sqlite:${join(folder, 'rota.db')}`],
  ['PostgreSQL', [-1, -0.5, 0, 0.5, 1], () => server.url],
] as const)('%s: five schedulers, one of them killed: every slot has one record', async (_, skews, url) => {
  const storage = url()
  await using rota = createRota({ storage, jobs: [slot] })
  for (let i = 0; i < schedules; i++)
    await rota.schedules.put({
      id: `s${i}`,
      job: slot,
      when: { cron: '* * * * * *' },
      misfire: { all: { max: 1_000 } },
    })
  const processes = await Promise.all(skews.map((hours) => start(storage, hours)))
  // Of the one that was stored last: the others may have begun a second earlier.
  const runs = async () => (await rota.schedules.get(`s${schedules - 1}`))?.runs ?? 0
  await until('they run', async () => (await runs()) >= 3)
  processes[2]?.kill('SIGKILL')
  const before = await runs()
  await until('the others go on', async () => (await runs()) >= before + 4)
  for (let i = 0; i < schedules; i++) await rota.schedules.pause(`s${i}`)
  for (let i = 0; i < schedules; i++) {
    const slots = await recorded(rota, `s${i}`)
    const first = slots[0] as number
    expect(slots.length).toBeGreaterThan(6)
    expect(slots).toEqual(slots.map((_, n) => first + n)) // none twice, none left out
    expect((await rota.schedules.get(`s${i}`))?.runs).toBe(slots.length)
  }
})
