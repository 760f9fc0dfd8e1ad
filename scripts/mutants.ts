/**
 * Breaks a copy of the source in one place at a time and looks whether the tests notice: `npm run mutants [-- name …]`.
 * A mutant that survives is a guard that nothing tests.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { stripVTControlCharacters } from 'node:util'

interface Mutant {
  readonly name: string
  readonly file: string
  readonly from: string
  readonly to: string
  readonly tests: readonly string[]
}

const conformance = ['test/conformance']
const mutants: readonly Mutant[] = [
  {
    name: 'sqlite-fence',
    file: 'src/storage/sqlite/hot.ts',
    from: 'and fence = c.value ->> 1 and worker',
    to: 'and worker',
    tests: conformance,
  },
  {
    name: 'sqlite-worker',
    file: 'src/storage/sqlite/hot.ts',
    from: 'and fence = c.value ->> 1 and worker = $2',
    to: 'and fence = c.value ->> 1',
    tests: conformance,
  },
  {
    name: 'sqlite-put-back-guard',
    file: 'src/storage/sqlite/hot.ts',
    from: "'id = $1 and fence = $2 and worker = $3'",
    to: "'id = $1 and $2 > 0 and $3 > 0'",
    tests: conformance,
  },
  {
    name: 'sqlite-lease',
    file: 'src/storage/sqlite/hot.ts',
    from: 'if (alive.length === 0) return []',
    to: '',
    tests: conformance,
  },
  {
    name: 'sqlite-order',
    file: 'src/storage/sqlite/hot.ts',
    from: 'order by priority, run_at, id limit',
    to: 'order by run_at, id limit',
    tests: conformance,
  },
  {
    name: 'sqlite-retry',
    file: 'src/storage/sqlite/hot.ts',
    from: 'if (retry && db',
    to: 'if (false && db',
    tests: conformance,
  },
  {
    name: 'postgres-fence',
    file: 'src/storage/postgres/apply.ts',
    from: '  and ((id, fence) in (select id, fence from change)) is true',
    to: '',
    tests: conformance,
  },
  {
    name: 'postgres-worker',
    file: 'src/storage/postgres/apply.ts',
    from: 'and worker = $2',
    to: 'and $2::uuid is not null',
    tests: conformance,
  },
  {
    name: 'postgres-skip-locked',
    file: 'src/storage/postgres/claim.ts',
    from: 'for update skip locked',
    to: '',
    tests: conformance,
  },
  {
    name: 'postgres-priming',
    file: 'src/storage/postgres/schema.ts',
    from: 'generate_series(1, 1000)',
    to: 'generate_series(1, 0)',
    tests: conformance,
  },
  {
    name: 'postgres-lease',
    file: 'src/storage/postgres/claim.ts',
    from: 'and lease_until >',
    to: 'and 0 <',
    tests: conformance,
  },
  {
    name: 'postgres-standing-still',
    file: 'src/storage/postgres/pool.ts',
    from: "; set local idle_in_transaction_session_timeout = '5s'",
    to: '',
    tests: ['test/conformance/postgres.test.ts'],
  },
  {
    name: 'postgres-retry',
    file: 'src/storage/postgres/insert.ts',
    from: 'if (retry) {',
    to: 'if (false) {',
    tests: conformance,
  },
  {
    name: 'postgres-partition',
    file: 'src/storage/postgres/apply.ts',
    from: 'if (sqlState(error) !== missingPartition) throw error',
    to: 'throw error',
    tests: conformance,
  },
  {
    name: 'postgres-migration-lock',
    file: 'src/storage/postgres/storage.ts',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of the source
    from: "[`select pg_advisory_xact_lock(hashtext('${channel}'))`]",
    to: '[]',
    tests: conformance,
  },
  {
    name: 'postgres-name-lost',
    file: 'src/storage/postgres/session.ts',
    from: 'withoutNames(() => run(...statement))',
    to: 'run(...statement)',
    tests: conformance,
  },
  {
    name: 'postgres-name-lost-inside',
    file: 'src/storage/postgres/session.ts',
    from: 'withoutNames(() => transaction(work))',
    to: 'transaction(work)',
    tests: conformance,
  },
  {
    name: 'lease-revival',
    file: 'src/storage/sql/lease.ts',
    from: 'where w.dead = 0 and w.lease_until > excluded.seen_at',
    to: '',
    tests: conformance,
  },
  {
    name: 'attempts-limit',
    file: 'src/job/states.ts',
    from: 'attempt >= job.maxAttempts',
    to: 'attempt > job.maxAttempts',
    tests: ['src/job', 'test/engine'],
  },
  { name: 'timeout', file: 'src/engine/deadlines.ts', from: 'attempt.timeOut()', to: '', tests: ['test/engine'] },
  {
    name: 'concurrency',
    file: 'src/engine/lane.ts',
    from: 'this.running >= this.concurrency',
    to: 'this.running > this.concurrency',
    tests: ['test/engine'],
  },
  {
    name: 'repeated-insert',
    file: 'src/engine/enqueue.ts',
    from: '          lostAnswer = true\n',
    to: '',
    tests: ['test/engine/faults'],
  },
  {
    name: 'repeated-outcome',
    file: 'src/engine/settle.ts',
    from: 'if (lostAnswer) await this.#lookAgain(batch, refused, fates)',
    to: '',
    tests: ['test/engine/faults'],
  },
  {
    name: 'lost-lease-aborts',
    file: 'src/engine/worker.ts',
    from: 'attempt.end(null)',
    to: '',
    tests: ['test/engine/faults'],
  },
  {
    name: 'lost-claim-answer',
    file: 'src/engine/claims.ts',
    from: 'if (this.#unsure) await this.#giveBackUnknown()',
    to: '',
    tests: ['test/engine/faults'],
  },
  {
    name: 'silent-renewal',
    file: 'src/engine/lease.ts',
    from: 'this.#holdFrom(runtime.elapsed())',
    to: '',
    tests: ['test/engine/faults'],
  },
  {
    name: 'poisoned-outcome',
    file: 'src/engine/settle.ts',
    from: 'if (!isRotaError(error)) return',
    to: 'if (false) return',
    tests: ['test/engine/faults'],
  },
  {
    name: 'lapsed-one-at-a-time',
    file: 'src/storage/sqlite/hot.ts',
    from: "claimJobs('<')",
    to: "claimJobs('< 1 +')",
    tests: conformance,
  },
  {
    name: 'postgres-cursor',
    file: 'src/storage/postgres/claim.ts',
    from: 'if (performance.now() > this.#forgetAt)',
    to: 'if (this.#forgetAt < 0)',
    tests: ['test/engine/fairness', 'test/engine/postgres-trouble'],
  },
  {
    name: 'sqlite-expired-claim',
    file: 'src/storage/sqlite/hot.ts',
    from: 'and (expires_at is null or expires_at > $2)',
    to: '',
    tests: conformance,
  },
  {
    name: 'postgres-expired-claim',
    file: 'src/storage/postgres/claim.ts',
    from: 'and (j.expires_at is null or j.expires_at >',
    to: 'and (true or j.expires_at >',
    tests: conformance,
  },
  {
    name: 'sqlite-cancel-of-returned',
    file: 'src/storage/sqlite/storage.ts',
    from: 'if (returned.length === 0) return',
    to: 'if (returned.length >= 0) return',
    tests: conformance,
  },
  {
    name: 'postgres-cancel-of-returned',
    file: 'src/storage/postgres/apply.ts',
    from: 'await afterReturn(session.run, returned)',
    to: '[]',
    tests: conformance,
  },
  {
    name: 'signal-fence',
    file: 'src/storage/sql/signals.ts',
    from: 'one.fence === Number(fence)',
    to: 'fence !== null',
    tests: conformance,
  },
  {
    name: 'signal-of-the-past',
    file: 'src/storage/sql/signals.ts',
    from: ' and j.fence = s.fence and j.worker = s.worker',
    to: '',
    tests: conformance,
  },
  {
    name: 'retry-expiry',
    file: 'src/storage/sql/edit.ts',
    from: "  expires_at: 'null',\n",
    to: '',
    tests: conformance,
  },
  {
    name: 'edit-of-running',
    file: 'src/job/edits.ts',
    from: "delete: allStates.filter((state) => state !== 'running')",
    to: 'delete: allStates',
    tests: conformance,
  },
  {
    name: 'sqlite-note-guard',
    file: 'src/storage/sqlite/hot.ts',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of the source
    from: '$7, $8 from jobs where ${guard} on',
    to: '$7, $8 from jobs where id = $1 and ($2, $3) is not null on',
    tests: conformance,
  },
  {
    name: 'postgres-note-guard',
    file: 'src/storage/postgres/apply.ts',
    from: 'and worker = $2 and ((id, fence) in (select id, fence from told)) is true)',
    to: 'and $2::uuid is not null)',
    tests: conformance,
  },
  {
    name: 'aside-lane',
    file: 'src/storage/sql/aside.ts',
    from: ' and lane = $1\n       order by',
    to: ' and $1 = $1\n       order by',
    tests: conformance,
  },
  {
    name: 'aside-dead-workers',
    file: 'src/storage/sql/aside.ts',
    from: 'where dead = 0 and lease_until >',
    to: 'where dead = 0 and 0 <',
    tests: conformance,
  },
  {
    name: 'late-claim',
    file: 'src/engine/claims.ts',
    from: '      this.#unsure = true\n      this.soon()',
    to: '      this.soon()',
    tests: ['test/engine/faults'],
  },
  {
    name: 'cancel-grace',
    file: 'src/engine/worker.ts',
    from: 'if (attempt.cancel(reason, runtime.elapsed() + cancelGrace)) this.#deadlines.changed(attempt)',
    to: 'attempt.cancel(reason, Infinity)',
    tests: ['test/engine/control'],
  },
  {
    name: 'lines-unacknowledged',
    file: 'src/engine/notes.ts',
    from: 'this.#lines = this.#lines.filter((line) => line.seq > last)',
    to: '',
    tests: ['test/engine/attempt'],
  },
  {
    name: 'blocked-neighbours',
    file: 'src/engine/blocked.ts',
    from: 'among(overdue, job) ? timedOut :',
    to: 'job.fence > 0 ? timedOut :',
    tests: ['test/processes/blocked'],
  },
  {
    name: 'renewed-meanwhile',
    file: 'src/engine/lease-thread.ts',
    from: 'held.cell.renewed(before)',
    to: '',
    tests: ['test/processes/blocked'],
  },
  {
    name: 'left-alone',
    file: 'src/cli/signals.ts',
    from: "whenAlone(() => first === null && stop('disconnect'))",
    to: '',
    tests: ['test/cli/supervise'],
  },
  {
    name: 'blocked-for-good',
    file: 'src/engine/lease-thread.ts',
    from: "process.kill(process.pid, 'SIGKILL')",
    to: 'return',
    tests: ['test/cli/supervise'],
  },
  {
    name: 'cancel-within-timeout',
    file: 'src/engine/attempt.ts',
    from: 'this.deadline = Math.min(this.deadline, deadline)',
    to: 'this.deadline = deadline',
    tests: ['test/engine/control'],
  },
  {
    name: 'lapsed-under-backlog',
    file: 'src/engine/claims.ts',
    from: 'await this.#claimSuspectFor(full)',
    to: 'return',
    tests: ['test/engine/faults.test.ts'],
  },
  {
    name: 'release-on-stop',
    file: 'src/engine/attempt.ts',
    from: 'if (this.#stopping || this.#cancelled !== null) return this.cutOff()',
    to: '',
    tests: ['test/engine'],
  },
]

const root = resolve(import.meta.dirname, '..')
const wanted = process.argv.slice(2)
const copy = mkdtempSync(join(tmpdir(), 'rota-mutants-'))
let survived = 0
try {
  const files = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).trim().split('\n')
  for (const file of files) {
    mkdirSync(dirname(join(copy, file)), { recursive: true })
    cpSync(join(root, file), join(copy, file))
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  const sound = firstFailure([...new Set(mutants.flatMap((mutant) => mutant.tests))])
  if (sound !== null) throw new Error(`The tests fail without any mutant: ${sound}`)
  for (const mutant of mutants) if (wanted.length === 0 || wanted.includes(mutant.name)) run(mutant)
} finally {
  rmSync(copy, { recursive: true })
}
console.log(survived === 0 ? 'every mutant was noticed' : `${survived} mutants survived`)
process.exitCode = survived === 0 ? 0 : 1

function run({ name, file, from, to, tests }: Mutant): void {
  const path = join(copy, file)
  const source = readFileSync(path, 'utf8')
  if (!source.includes(from)) throw new Error(`${name}: ${file} has no longer the text ${from}`)
  writeFileSync(path, source.replaceAll(from, to))
  const failure = firstFailure(tests)
  writeFileSync(path, source)
  if (failure === null) survived++
  console.log(`${failure === null ? 'SURVIVED' : 'noticed '} ${name.padEnd(26)} ${failure ?? ''}`)
}

/** The name of the first test that fails, or null when all pass. */
function firstFailure(tests: readonly string[]): string | null {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const args = [vitest, 'run', '--bail=1', ...tests]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: copy,
    encoding: 'utf8',
    timeout: 120_000,
  })
  if (status === 0) return null
  const output = stripVTControlCharacters(stdout + stderr)
  // A file that --bail has cut off is not what we look for.
  return (/FAIL\s+(.* > .*)/.exec(output) ?? /FAIL\s+(.*)/.exec(output))?.[1] ?? 'it does not even start'
}
