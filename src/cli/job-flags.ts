/** What a person may say of a job beside its input: the same flags for one that is enqueued and for those of a schedule. */
import type { Command } from 'commander'
import type { EnqueueOptions, ScheduleJobOptions } from '../index.ts'
import { durationFlag, gathered, metadataFlag, numberFlag } from './flags.ts'

export interface JobFlags {
  readonly lane?: string
  readonly priority?: string
  readonly retries?: string
  readonly timeout?: string
  readonly onTimeout?: string
  readonly onLapse?: string
  readonly expiresIn?: string
  readonly metadata?: readonly string[]
  readonly keepSucceeded?: string
  readonly keepFailed?: string
}

const metadataHelp =
  'kept with the job and shown in lists, as often as needed; numbers, true and false are such, "42" in quotes is a text, null removes a key of the definition'

export function addJobFlags(command: Command): void {
  command
    .option('--lane <lane>', 'lane to run in')
    .option('--priority <priority>', 'critical, high, medium, low or veryLow')
    .option('--retries <n>', 'tries after the first one that failed')
    .option('--timeout <duration>', 'longest run of one try, such as 30s')
    .option('--on-timeout <what>', 'what a try that takes longer is: fail, or mark and let it finish')
    .option('--on-lapse <what>', 'when its worker goes while it runs: retry or fail')
    .option('--expires-in <duration>', 'do not start it any more after this long')
    .option('--metadata <key=value>', metadataHelp, gathered)
    .option('--keep-succeeded <duration>', 'keep it for this long when it succeeded; none keeps nothing')
    .option('--keep-failed <duration>', 'keep it for this long when it failed, was cancelled or expired')
}

/** The library checks them. */
export function jobOptions(flags: JobFlags): ScheduleJobOptions {
  const { lane, priority, retries, timeout, onTimeout, onLapse, expiresIn, metadata, keepSucceeded, keepFailed } = flags
  const retention = {
    ...(keepSucceeded !== undefined && { succeeded: durationFlag(keepSucceeded) }),
    ...(keepFailed !== undefined && { failed: durationFlag(keepFailed) }),
  }
  return {
    ...(lane !== undefined && { lane }),
    ...(priority !== undefined && { priority: priority as NonNullable<EnqueueOptions['priority']> }),
    ...(retries !== undefined && { retries: numberFlag(retries) }),
    ...(timeout !== undefined && { timeout: durationFlag(timeout) }),
    ...(onTimeout !== undefined && { onTimeout: onTimeout as NonNullable<EnqueueOptions['onTimeout']> }),
    ...(onLapse !== undefined && { onLapse: onLapse as NonNullable<EnqueueOptions['onLapse']> }),
    ...(expiresIn !== undefined && { expiresIn: durationFlag(expiresIn) }),
    ...(metadata !== undefined && { metadata: metadataFlag(metadata) }),
    ...(Object.keys(retention).length > 0 && { retention }),
  }
}
