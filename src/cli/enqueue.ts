import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import type { Command } from 'commander'
import { type EnqueueOptions, type Job, type JobId, type Rota, RotaError } from '../index.ts'
import { suggest } from '../job/suggest.ts'
import { type Globals, type Settings, withRota } from './config.ts'
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
  readonly expiresIn?: string
  readonly after?: string
  readonly onParentFail?: string
  readonly key?: string
  readonly wait?: boolean
  readonly json?: boolean
}

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
    .option('--expires-in <duration>', 'do not start it any more after this long')
    .option('--after <ids>', 'run after these jobs; commas between several ids')
    .option('--on-parent-fail <rule>', 'when one of them ends without success: cancel, run or wait (default: cancel)')
    .option('--key <key>', 'idempotency key: a second call with it stores nothing')
    .option('--wait', 'wait until the job is over and print its result')
    .option('--json', 'print JSON')
    .addHelpText('after', `\nExample:\n  $ rota enqueue hash-file --data '{"path":"README.md"}' --wait`)
    .action(async (id: string, _, command: Command) => {
      const flags = command.optsWithGlobals<Flags>()
      await withRota(flags, (rota, settings) => enqueue(rota, settings, id, flags))
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

/** A bare number is milliseconds, as in the library. */
export const durationFlag = (text: string): string | number => (/^\d+$/.test(text) ? Number(text) : text)

/** What is not a number goes on as it is: the library says what it accepts. */
export const numberFlag = (text: string): number => (/^-?\d+$/.test(text) ? Number(text) : (text as unknown as number))

function enqueueOptions({
  in: delay,
  at,
  lane,
  priority,
  retries,
  timeout,
  expiresIn,
  key,
  after,
  onParentFail,
}: Flags): EnqueueOptions {
  return {
    ...(delay !== undefined && { in: durationFlag(delay) }),
    ...(at !== undefined && { at }),
    ...(lane !== undefined && { lane }),
    ...(priority !== undefined && { priority: priority as NonNullable<EnqueueOptions['priority']> }),
    ...(retries !== undefined && { retries: numberFlag(retries) }),
    ...(timeout !== undefined && { timeout: durationFlag(timeout) }),
    ...(expiresIn !== undefined && { expiresIn: durationFlag(expiresIn) }),
    ...(after !== undefined && { after: after.split(',').filter(Boolean) }),
    ...(onParentFail !== undefined && { onParentFail: onParentFail as NonNullable<EnqueueOptions['onParentFail']> }),
    ...(key !== undefined && { idempotencyKey: key }),
  }
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
