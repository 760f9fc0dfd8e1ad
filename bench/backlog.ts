/**
 * A million jobs queued: the memory of a worker that works through them, and how long looking takes meanwhile.
 *
 * `node bench/backlog.ts [--jobs 1000000] [--only sqlite|postgres]`
 */
import { fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createRota, defineJob, type Rota, type } from '../src/index.ts'
import { startPostgres } from '../test/support/postgres.ts'

const { values } = parseArgs({
  options: { jobs: { type: 'string', default: '1000000' }, only: { type: 'string' } },
  allowPositionals: true,
})
const jobs = Number(values.jobs)
const noop = defineJob({ id: 'noop', input: type<{ n: number; text: string }>(), run: ({ n }) => ({ done: true, n }) })

if (process.send) {
  // The worker: its storage comes as the last argument; it tells its largest memory when it is asked.
  const rota = createRota({ storage: process.argv.at(-1) as string, jobs: [noop], lanes: { default: 100 } })
  await rota.start()
  process.on('message', () => process.send?.({ peakMB: process.resourceUsage().maxRSS / 1024 }))
} else {
  if (values.only !== 'postgres') {
    const folder = mkdtempSync(join(tmpdir(), 'rota-backlog-'))
    await measure('SQLite', `sqlite:${join(folder, 'rota.db')}`)
    rmSync(folder, { recursive: true })
  }
  if (values.only !== 'sqlite') {
    const server = await startPostgres({ settings: { shared_buffers: '1GB', max_wal_size: '4GB' } })
    await measure('PostgreSQL 18', server.url)
    await server.stop()
  }
}

async function measure(name: string, storage: string): Promise<void> {
  const rota = createRota({ storage, jobs: [noop] })
  const text = 'x'.repeat(80)
  const start = performance.now()
  let middle = ''
  for (let n = 0; n < jobs; n += 10_000) {
    const stored = await rota.enqueueMany(
      noop,
      Array.from({ length: 10_000 }, (_, i) => ({ n: n + i, text })),
    )
    if (n <= jobs / 2) middle = stored[0]?.id as string
  }
  console.log(`\n${name}: ${jobs} jobs queued in ${((performance.now() - start) / 1_000).toFixed(1)} s`)
  await look(rota, middle, 'all queued, nobody works')

  const worker = fork(import.meta.filename, [storage], { execArgv: [] })
  while ((await rota.jobs.list({ filter: 'state:succeeded', limit: 1 })).jobs.length === 0) await sleep(50)
  await sleep(2_000)
  await look(rota, middle, 'while a worker drains')
  while ((await rota.jobs.stats()).live.ready > 0) await sleep(500)
  const { peakMB } = await new Promise<{ peakMB: number }>((resolve) => {
    worker.once('message', (message) => resolve(message as { peakMB: number }))
    worker.send('how much?')
  })
  console.log(`| worker: largest RSS, once all are done | ${peakMB.toFixed(0)} MB |`)
  const gone = new Promise((resolve) => worker.once('exit', resolve))
  worker.kill('SIGTERM')
  await gone
  await rota.stop()
}

async function look(rota: Rota, id: string, when: string): Promise<void> {
  console.log(`| ${when} | median of 9, ms |\n| --- | ---: |`)
  const filters = [
    '',
    'state:ready',
    'state:succeeded',
    'state:failed',
    'state:running',
    'job:noop lane:default',
    'since:1h',
  ]
  for (const filter of filters) await time(`jobs.list ${filter}`, () => rota.jobs.list({ filter }))
  await time('job(id)', () => rota.job(id))
  await time('jobs.attempts(id)', () => rota.jobs.attempts(id))
  await time('jobs.stats', () => rota.jobs.stats())
}

async function time(what: string, call: () => Promise<unknown>): Promise<void> {
  const times: number[] = []
  await call()
  for (let i = 0; i < 9; i++) {
    const start = performance.now()
    await call()
    times.push(performance.now() - start)
  }
  console.log(`| ${what} | ${times.sort((a, b) => a - b)[4]?.toFixed(1)} |`)
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
