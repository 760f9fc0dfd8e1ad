import type { Command } from 'commander'
import { type EnqueueOptions, httpRequest, type JobId, type OnConflict, RotaError } from '../index.ts'
import { show } from '../job/errors.ts'
import type { Globals } from './config.ts'
import { readBody, readData } from './data.ts'
import { hashFile } from './demo/hash-file.ts'
import type { Desk, Place } from './desk.ts'
import { durationFlag, instantFlag, listFlag } from './flags.ts'
import { addHttpFlags, type HttpFlags, refuseWithoutHttp, requestOf, withHttp } from './http-flags.ts'
import { addJobFlags, type JobFlags, jobOptions } from './job-flags.ts'
import { print, printJson, say } from './output.ts'
import { listenForStop } from './signals.ts'
import { withDesk } from './with-desk.ts'

interface Flags extends Globals, JobFlags, HttpFlags {
  readonly data?: string
  readonly in?: string
  readonly at?: string
  readonly expiresAt?: string
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
The definition stands in the configuration file, or a worker of the storage has told of it. Without either only the job of the
demo is known, hash-file, which rota dev runs. With --url the server knows what its workers have told.

Example:
  $ rota enqueue --http GET https://example.com/ping --in 5m
  $ rota enqueue send-welcome --data '{"name":"Ada"}' --in 5m --metadata team=mail --metadata test=true`

export function addEnqueue(program: Command): void {
  const enqueueJob = program
    .command('enqueue')
    .description('store a job')
    .argument('[job]', 'id of the definition; none with --http')
    .option('--data <json>', 'input as JSON, or body of the request; @file reads a file, - reads stdin (default: none)')
    .option('--in <duration>', 'run this long from now, such as 5m')
    .option('--at <instant>', 'run at this instant, such as 2027-01-31T09:00:00Z')
    .option('--expires-at <instant>', 'do not start it any more from this instant on')
  addHttpFlags(enqueueJob)
  addJobFlags(enqueueJob)
  enqueueJob
    .option('--after <ids>', 'run after these jobs; commas between several ids')
    .option('--on-parent-fail <rule>', 'when one of them ends without success: cancel, run or wait (default: cancel)')
    .option('--key <key>', 'idempotency key: a second call with it stores nothing')
    .option('--unique <key>', 'while a job with this key (or path, such as input.user.id) is not over, store no other')
    .option('--within <duration>', 'and for so long after it was enqueued; without --unique the whole input is the key')
    .option('--on-conflict <what>', 'keep, replace or reschedule the earlier job (default: keep)')
    .option('--wait', 'wait until the job is over and print its result')
    .option('--json', 'print JSON')
    .addHelpText('after', about)
    .action(async (job: string | undefined, _, command: Command) => {
      const flags = command.optsWithGlobals<Flags>()
      const asked = await askedFor(job, flags)
      await withDesk(
        flags,
        (rota, place) => enqueue(rota, place, asked, flags),
        asked.job === hashFile.id ? 'demo' : 'named',
      )
    })
}

/** A job by the id of its definition, or a single request. */
async function askedFor(job: string | undefined, flags: Flags): Promise<Asked> {
  const request = requestOf(flags)
  const { data } = flags
  if (request !== null && job !== undefined) throw oneOf(job)
  if (request !== null)
    return {
      job: httpRequest.id,
      input: { ...request, ...(data !== undefined && { body: await readBody(data, '--data') }) },
    }
  if (job === undefined) throw oneOf(null)
  refuseWithoutHttp(flags, withHttp, `Leave it out: what jobs of ${show(job)} do stands in their definition.`)
  return { job, input: data === undefined ? undefined : await readData(data) }
}

interface Asked {
  readonly job: string
  readonly input: unknown
}

const oneOf = (job: string | null) =>
  new RotaError(
    'option_invalid',
    job === null
      ? 'enqueue: say which job, or what is to be called: --http GET https://example.com/ping.'
      : `enqueue: --http is a job by itself, so "${job}" does not go with it. Give one of them.`,
    { field: 'job' },
  )

async function enqueue(rota: Desk, place: Place, { job, input }: Asked, flags: Flags): Promise<void> {
  const stored = await place.enqueue(job, input, enqueueOptions(flags))
  if (flags.wait !== true) {
    await (flags.json ? printJson(stored) : print(`${stored.id} ${stored.status}\n`))
    return
  }
  const begun = () => say(`${stored.status} ${stored.id}; waiting for its end`)
  const output = await untilOver(rota, stored.id, { begun })
  await printJson(flags.json ? { ...stored, output: output ?? null } : (output ?? null))
}

interface Wait {
  readonly timeout?: string | number
  /** Called when Ctrl-C ends it in good order: who is told of a wait earlier may press too soon. */
  readonly begun?: () => void
}

/** The result of a job, until Ctrl-C. */
export async function untilOver(rota: Desk, id: JobId, { timeout, begun }: Wait = {}): Promise<unknown> {
  const stop = listenForStop()
  try {
    begun?.()
    return await rota.result(id, { signal: stop.signal, ...(timeout !== undefined && { timeout }) })
  } finally {
    stop.forget()
  }
}

function enqueueOptions(flags: Flags): EnqueueOptions {
  const { in: delay, at, expiresAt, key, after, onParentFail } = flags
  return {
    ...(delay !== undefined && { in: durationFlag(delay) }),
    ...(at !== undefined && { at: instantFlag(at, '--at', '--in') }),
    ...(expiresAt !== undefined && { expiresAt: instantFlag(expiresAt, '--expires-at', '--expires-in') }),
    ...(after !== undefined && { after: listFlag(after, '--after', 'id') }),
    ...(onParentFail !== undefined && { onParentFail: onParentFail as NonNullable<EnqueueOptions['onParentFail']> }),
    ...(key !== undefined && { idempotencyKey: key }),
    ...jobOptions(flags),
    ...uniqueOptions(flags),
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
