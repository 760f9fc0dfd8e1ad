import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import type { Command } from 'commander'
import { type EnqueueOptions, type Job, type JobId, type OnConflict, type Rota, RotaError } from '../index.ts'
import { suggest } from '../job/suggest.ts'
import { type Globals, type Settings, withRota } from './config.ts'
import { hashFile } from './demo/hash-file.ts'
import { durationFlag, instantFlag, metadataFlag, numberFlag } from './flags.ts'
import { print, printJson, say } from './output.ts'
import { listenForStop } from './signals.ts'

interface Flags extends Globals {
  readonly data?: string
  readonly in?: string
  readonly at?: string
  readonly lane?: string
  readonly priority?: string
  readonly retries?: string
  readonly timeout?: string
  readonly onTimeout?: string
  readonly onLapse?: string
  readonly expiresIn?: string
  readonly expiresAt?: string
  readonly metadata?: readonly string[]
  readonly keepSucceeded?: string
  readonly keepFailed?: string
  readonly after?: string
  readonly onParentFail?: string
  readonly key?: string
  readonly unique?: string
  readonly within?: string
  readonly onConflict?: string
  readonly wait?: boolean
  readonly json?: boolean
}

const about = `
The definition stands in the configuration file. Without one only the job of the demo is known, hash-file, which rota dev runs.

Example:
  $ rota enqueue send-welcome --data '{"name":"Ada"}' --in 5m --metadata team=mail --metadata test=true`

const metadataHelp =
  'kept with the job and shown in lists, as often as needed; numbers, true and false are such, "42" in quotes is a text, null removes a key of the definition'

export function addEnqueue(program: Command): void {
  program
    .command('enqueue')
    .description('store a job')
    .argument('<job>', 'id of the definition')
    .option('--data <json>', 'input as JSON; @file reads a file, - reads stdin (default: none)')
    .option('--in <duration>', 'run this long from now, such as 5m')
    .option('--at <instant>', 'run at this instant, such as 2027-01-31T09:00:00Z')
    .option('--lane <lane>', 'lane to run in')
    .option('--priority <priority>', 'critical, high, medium, low or veryLow')
    .option('--retries <n>', 'tries after the first one that failed')
    .option('--timeout <duration>', 'longest run of one try, such as 30s')
    .option('--on-timeout <what>', 'what a try that takes longer is: fail, or mark and let it finish')
    .option('--on-lapse <what>', 'when its worker goes while it runs: retry or fail')
    .option('--expires-in <duration>', 'do not start it any more after this long')
    .option('--expires-at <instant>', 'do not start it any more from this instant on')
    .option('--metadata <key=value>', metadataHelp, (entry, all: readonly string[] = []) => [...all, entry])
    .option('--keep-succeeded <duration>', 'keep it for this long when it succeeded; none keeps nothing')
    .option('--keep-failed <duration>', 'keep it for this long when it failed, was cancelled or expired')
    .option('--after <ids>', 'run after these jobs; commas between several ids')
    .option('--on-parent-fail <rule>', 'when one of them ends without success: cancel, run or wait (default: cancel)')
    .option('--key <key>', 'idempotency key: a second call with it stores nothing')
    .option('--unique <key>', 'while a job with this key (or path, such as input.user.id) is not over, store no other')
    .option('--within <duration>', 'and for so long after it was enqueued; without --unique the whole input is the key')
    .option('--on-conflict <what>', 'keep, replace or reschedule the earlier job (default: keep)')
    .option('--wait', 'wait until the job is over and print its result')
    .option('--json', 'print JSON')
    .addHelpText('after', about)
    .action(async (id: string, _, command: Command) => {
      const flags = command.optsWithGlobals<Flags>()
      await withRota(
        flags,
        (rota, settings) => enqueue(rota, settings, id, flags),
        id === hashFile.id ? 'demo' : 'refuse',
      )
    })
}

async function enqueue(rota: Rota, settings: Settings, id: string, flags: Flags): Promise<void> {
  const job = findJob(settings, id)
  const input = flags.data === undefined ? undefined : await readData(flags.data)
  const stored = await rota.enqueue(job, input, enqueueOptions(flags))
  if (flags.wait !== true) {
    await (flags.json ? printJson(stored) : print(`${stored.id} ${stored.status}\n`))
    return
  }
  say(`${stored.status} ${stored.id}; waiting for its end`)
  const output = await untilOver(rota, stored.id)
  await printJson(flags.json ? { ...stored, output: output ?? null } : (output ?? null))
}

/** The result of a job, until Ctrl-C. */
export async function untilOver(rota: Rota, id: JobId, timeout?: string | number): Promise<unknown> {
  const stop = listenForStop()
  try {
    return await rota.result(id, { signal: stop.signal, ...(timeout !== undefined && { timeout }) })
  } finally {
    stop.forget()
  }
}

function enqueueOptions(flags: Flags): EnqueueOptions {
  const { in: delay, at, lane, priority, retries, timeout, key, after, onParentFail, metadata } = flags
  return {
    ...(delay !== undefined && { in: durationFlag(delay) }),
    ...(at !== undefined && { at: instantFlag(at, '--at', '--in') }),
    ...(lane !== undefined && { lane }),
    ...(priority !== undefined && { priority: priority as NonNullable<EnqueueOptions['priority']> }),
    ...(retries !== undefined && { retries: numberFlag(retries) }),
    ...(timeout !== undefined && { timeout: durationFlag(timeout) }),
    ...(metadata !== undefined && { metadata: metadataFlag(metadata) }),
    ...(after !== undefined && { after: idsOf(after) }),
    ...(onParentFail !== undefined && { onParentFail: onParentFail as NonNullable<EnqueueOptions['onParentFail']> }),
    ...(key !== undefined && { idempotencyKey: key }),
    ...endOptions(flags),
    ...uniqueOptions(flags),
  }
}

/** How it may end, and how long it is kept then. */
function endOptions({ onTimeout, onLapse, expiresIn, expiresAt, keepSucceeded, keepFailed }: Flags): EnqueueOptions {
  const retention = {
    ...(keepSucceeded !== undefined && { succeeded: durationFlag(keepSucceeded) }),
    ...(keepFailed !== undefined && { failed: durationFlag(keepFailed) }),
  }
  return {
    ...(onTimeout !== undefined && { onTimeout: onTimeout as NonNullable<EnqueueOptions['onTimeout']> }),
    ...(onLapse !== undefined && { onLapse: onLapse as NonNullable<EnqueueOptions['onLapse']> }),
    ...(expiresIn !== undefined && { expiresIn: durationFlag(expiresIn) }),
    ...(expiresAt !== undefined && { expiresAt: instantFlag(expiresAt, '--expires-at', '--expires-in') }),
    ...(Object.keys(retention).length > 0 && { retention }),
  }
}

/** What was said replaces all that the definition says. */
function uniqueOptions({ unique: key, within, onConflict }: Flags): EnqueueOptions {
  if (key === undefined && within === undefined && onConflict === undefined) return {}
  const unique = {
    ...(key !== undefined && { key }),
    ...(within !== undefined && { within: durationFlag(within) }),
    ...(onConflict !== undefined && { onConflict: onConflict as OnConflict }),
  }
  return { unique }
}

/** An empty one would let the job run at once, and is mostly a variable of the shell that nobody has set. */
function idsOf(text: string): string[] {
  const ids = text.split(',').map((id) => id.trim())
  if (ids.every((id) => id !== '')) return ids
  throw new RotaError('option_invalid', `--after: ${JSON.stringify(text)} has an empty id. Write --after <id>,<id>.`, {
    field: 'after',
  })
}

function findJob({ options }: Settings, id: string): Job<unknown, unknown> {
  const jobs = options.jobs ?? []
  const job = jobs.find((one) => one.id === id)
  if (job !== undefined) return job as Job<unknown, unknown>
  const ids = jobs.map((one) => one.id)
  const known = ids.length > 0 ? `Known: ${ids.join(', ')}.` : 'The configuration file defines none.'
  throw new RotaError('job_unknown', `There is no job "${id}"${suggest(id, ids) || '.'} ${known}`, { field: 'job' })
}

async function readData(flag: string): Promise<unknown> {
  const json = flag === '-' ? await text(process.stdin) : flag.startsWith('@') ? await readInput(flag.slice(1)) : flag
  try {
    return JSON.parse(json)
  } catch (error) {
    throw new RotaError('payload_not_json', `--data: not JSON. ${(error as Error).message}`, { field: 'data' })
  }
}

async function readInput(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new RotaError('option_invalid', `--data: ${(error as Error).message}`, { field: 'data' })
  }
}
