/** `rota jobs purge`: deletes jobs that are over. It asks before, on a terminal. */
import { createInterface } from 'node:readline/promises'
import type { Command } from 'commander'
import { type Purged, RotaError } from '../index.ts'
import type { Globals } from './config.ts'
import type { Desk, PurgeAsked } from './desk.ts'
import { filterHelp, filterOf } from './filter.ts'
import { durationFlag, numberFlag } from './flags.ts'
import { print, printJson, say } from './output.ts'
import { listenForStop } from './signals.ts'
import { count, plural } from './text.ts'
import { withDesk } from './with-desk.ts'

interface Flags extends Globals {
  readonly olderThan?: string
  readonly limit?: string
  readonly dryRun?: boolean
  readonly yes?: boolean
  readonly json?: boolean
}

const barWidth = 24

export function addPurge(jobs: Command): void {
  jobs
    .command('purge')
    .description('delete jobs that are over, with their attempts and logs')
    .argument(
      '[filter...]',
      'words such as state:failed lane:mail; states: succeeded, failed, cancelled, expired (default: all of them)',
    )
    .requiredOption('--older-than <duration>', 'only those that have been over for so long, such as 30d (required)')
    .option('--limit <n>', 'delete at most this many (default: no limit)')
    .option('--dry-run', 'only count them')
    .option('--yes', 'do not ask; needed where nobody can answer')
    .option('--json', 'print { found, deleted, more }')
    .addHelpText(
      'after',
      `${filterHelp()}\nExample:\n  $ rota jobs purge state:failed lane:mail --older-than 30d --dry-run`,
    )
    .action(async (words: string[], _, command: Command) => {
      const flags = command.optsWithGlobals<Flags>()
      const terminal = process.stdin.isTTY === true && process.stderr.isTTY === true
      if (!flags.yes && !flags.dryRun && !terminal) {
        const message = 'jobs purge deletes for good and nobody is here to ask: add --yes, or --dry-run to count first.'
        throw new RotaError('option_invalid', message, { field: 'yes' })
      }
      await withDesk(flags, (rota) => purge(rota, words, flags))
    })
}

async function purge(rota: Desk, words: readonly string[], flags: Flags): Promise<void> {
  const stop = listenForStop()
  try {
    const options: PurgeAsked = {
      olderThan: durationFlag(flags.olderThan as string),
      filter: filterOf(words),
      signal: stop.signal,
      ...(flags.limit !== undefined && { limit: numberFlag(flags.limit) }),
    }
    // A bar needs to know how many there are, and so does who is asked.
    const first = flags.dryRun || !flags.yes || isLive ? await withBar(rota, { ...options, dryRun: true }, null) : null
    if (first !== null && (flags.dryRun || !(flags.yes || (await agreed(first, stop.signal)))))
      return tell(first, flags)
    await tell(await withBar(rota, options, first?.found ?? null), flags)
  } finally {
    stop.forget()
  }
}

const isLive = process.stderr.isTTY === true

async function withBar(rota: Desk, options: PurgeAsked, total: number | null): Promise<Purged> {
  let shownAt = 0
  const show = ({ found, deleted }: { readonly found: number; readonly deleted: number }) => {
    if (performance.now() - shownAt < 100) return
    shownAt = performance.now()
    const full = total ? Math.min(barWidth, Math.floor((deleted / total) * barWidth)) : 0
    const bar = `[${'#'.repeat(full)}${'-'.repeat(barWidth - full)}] ${count(deleted)}/${count(total ?? 0)} deleted`
    process.stderr.write(`\r\x1b[2K${options.dryRun ? `${count(found)} found` : bar}`)
  }
  try {
    return await rota.jobs.purge({ ...options, ...(isLive && { onProgress: show }) })
  } finally {
    if (isLive) process.stderr.write('\r\x1b[2K')
  }
}

async function agreed({ found }: Purged, signal: AbortSignal): Promise<boolean> {
  if (found === 0) return false
  const asking = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = await asking.question(`Delete ${plural(found, 'job')} for good? [y/N] `, { signal })
    return /^y(es)?$/i.test(answer.trim())
  } catch (error) {
    throw new RotaError('aborted', 'Nothing was deleted.', { cause: error })
  } finally {
    asking.close()
  }
}

async function tell(purged: Purged, { json, dryRun, limit }: Flags): Promise<void> {
  if (json) return printJson(purged)
  await print(`${plural(dryRun ? purged.found : purged.deleted, 'job')} ${dryRun ? 'would be deleted' : 'deleted'}\n`)
  if (purged.more && limit !== undefined) say('there may be more: the limit was reached')
}
