/**
 * What a job costs SQLite, in a process of its own, because the statements are counted on the classes of `node:sqlite`.
 * Arguments: file, jobs. The last line of its output is the result as JSON.
 */
import { statSync } from 'node:fs'
import { DatabaseSync, StatementSync } from 'node:sqlite'
import { createRota, defineJob, type } from '../../src/index.ts'

const [file, jobs] = [process.argv[2] as string, Number(process.argv[3])]
const slots = 50
let statements = 0
let commits = 0

const noop = defineJob({ id: 'noop', input: type<{ n: number; text: string }>(), run: ({ n }) => ({ n }) })
const rota = createRota({ storage: `sqlite:${file}`, jobs: [noop], lanes: { default: slots }, poll: '1m', lease: '5m' })
await rota.jobs.list({ limit: 1 })
countOn(StatementSync.prototype, ['run', 'get', 'all'])
countOn(DatabaseSync.prototype, ['exec'])

const reader = new DatabaseSync(file)
reader.exec('begin')
reader.prepare('select count(*) from jobs').get() // while somebody reads, the log is not begun anew: it only grows
const start = look()
for (let n = 0; n < jobs; n += 1_000) {
  await rota.enqueueMany(
    noop,
    Array.from({ length: 1_000 }, (_, i) => ({ n: n + i, text: 'x'.repeat(80) })),
  )
}
const stored = look()
let ended = 0
const over = new Promise<void>((resolve) => rota.on('job:succeeded', () => ++ended === jobs && resolve()))
await rota.start()
await over
const drained = look()
reader.exec('commit')
reader.close()
await rota.stop()

console.log(
  JSON.stringify({
    'SQLite insert: statements per 1 000 jobs': ((stored.statements - start.statements) * 1_000) / jobs,
    'SQLite insert: WAL bytes per job': (stored.wal - start.wal) / jobs,
    'SQLite drain: statements per 1 000 jobs': ((drained.statements - stored.statements) * 1_000) / jobs,
    'SQLite drain: commits per 1 000 jobs': ((drained.commits - stored.commits) * 1_000) / jobs,
    'SQLite drain: WAL bytes per job': (drained.wal - stored.wal) / jobs,
  }),
)

function look() {
  return { statements, commits, wal: statSync(`${file}-wal`).size }
}

function countOn(prototype: object, methods: readonly string[]): void {
  for (const method of methods) {
    const real = Reflect.get(prototype, method)
    Reflect.set(prototype, method, function (this: unknown, ...args: unknown[]) {
      statements++
      if (args[0] === 'commit') commits++
      return Reflect.apply(real, this, args)
    })
  }
}
