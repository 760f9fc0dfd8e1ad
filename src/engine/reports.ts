/**
 * Targets that take the work and tell later how it ended. A job that waits for that is scheduled for the end of the wait; the report puts it to
 * now (`sql/reports.ts`), and the next start of the same try finds here what was told.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { type JobContext, Verdict } from '../job/context.ts'
import { isRotaError, RotaError } from '../job/errors.ts'
import { isJobId } from '../job/id.ts'
import { toJson } from '../job/payload.ts'
import { cleanText } from '../job/text.ts'
import type { Clean, Reports, Told } from '../kinds/http/reports.ts'
import type { Reported, Storage } from '../storage/contract.ts'
import type { Secret } from './secret.ts'
import { storedError } from './stored-error.ts'

/** What a target tells. */
export type Report =
  | { readonly outcome: 'success'; readonly output?: unknown }
  | { readonly outcome: 'failure'; readonly message?: string; readonly retry?: boolean }
  | { readonly outcome: 'ignore'; readonly message?: string }

const purpose = 'reports'

export interface ReportsOptions {
  readonly cluster: string
  readonly open: () => Promise<Storage>
  readonly secret: Secret
  /** Address of the server, without `/api`; null where none is known. */
  readonly base: () => string | null
}

export function createReports({ cluster, open, secret, base }: ReportsOptions): Reports {
  return {
    async told(context, clean) {
      const known = await (await open()).awaited(context.id)
      if (known === null || known.fence >= context.fence) return null
      const ofThisTry = known.attempt === context.attempt
      // One that came while an earlier try was under way, and was lost with it: a failure of that is no news.
      const early = known.until === null && known.outcome !== null && !isFailure(known.outcome)
      if (known.outcome !== null && (ofThisTry || early)) return outcomeOf(known.outcome, context, clean)
      if (!ofThisTry) return null
      // Before its time somebody wants it to start anew.
      if (known.until === null || context.startedAt.getTime() < known.until) return null
      const error = new RotaError('timed_out', 'The target took the work and did not report in time how it ended.')
      context.log.warn(error.message)
      return failure(error, true, 'timed_out')
    },
    async address({ id, fence }) {
      const url = base()
      if (url === null) throw unknownBase()
      const key = await secret.key(purpose, true)
      return `${url.replace(/\/$/, '')}/api/reports/${encodeURIComponent(tokenOf(key, cluster, id, fence))}`
    },
    async early(context, clean) {
      const known = await (await open()).awaited(context.id)
      const isOurs = known?.fence === context.fence && known.outcome !== null
      return isOurs ? outcomeOf(known.outcome as string, context, clean) : null
    },
    async wait(context, within, clean) {
      const { id: job, fence, attempt } = context
      const known = await (await open()).awaitReport({ job, fence, attempt, within })
      if (known?.outcome != null) return outcomeOf(known.outcome, context, clean)
      return new Verdict({ kind: 'snooze', delay: within, reason: 'awaiting_report' })
    },
  }
}

const isFailure = (text: string): boolean => (JSON.parse(text) as Report).outcome === 'failure'

/** @param clean what a target sends back of the secrets that it was sent */
function outcomeOf(text: string, { log }: Pick<JobContext, 'log'>, clean: Clean): Told {
  const report = clean(JSON.parse(text)) as Report
  const message = report.outcome === 'success' ? '' : (report.message ?? '')
  log.info(`The target reported ${report.outcome}${message && `: ${message}`}`)
  switch (report.outcome) {
    case 'success':
      return { output: report.output }
    case 'failure':
      return failure(
        new RotaError('report_failed', message || 'The target reported a failure.'),
        report.retry !== false,
        null,
      )
    case 'ignore':
      return Verdict.discard(message ? `ignored by its target: ${message}` : 'ignored by its target')
  }
}

function failure(error: RotaError, retryable: boolean, reason: string | null): Verdict {
  const { stack: _, ...stored } = storedError(error) // where we made it says nothing
  return new Verdict({ kind: 'failure', error: stored, reason: retryable ? reason : 'non_retryable', retryable })
}

const unknownBase = () =>
  new RotaError(
    'option_invalid',
    'The address of the server is not known here, so the target could not report. Set `http: { callbackUrl }` of createRota to where `/api` is reached, or run a server in this process.',
    { field: 'http.callbackUrl' },
  )

const signatureOf = (key: Uint8Array, text: string): Buffer => createHmac('sha256', key).update(text).digest()

const tokenOf = (key: Uint8Array, cluster: string, id: string, fence: number): string => {
  const text = `${cluster}~${id}~${fence}`
  return `${text}~${signatureOf(key, text).toString('base64url')}`
}

/** The cluster that an address of a report names, before anything of it is believed. */
export const clusterOfToken = (token: string): string => token.split('~')[0] ?? ''

const longestMessage = 2_000

export const notOurs = (): RotaError =>
  new RotaError('report_invalid', 'This address of a report is not one that Rota gave out.')

/** Of a success its output, as long as it can be the result of a job; of others why. */
function keptOf(report: Report, payloadLimit: number): Report {
  if (report.outcome === 'success') {
    toJson(report.output, 'output', payloadLimit)
    return { outcome: 'success', output: report.output }
  }
  const words = report.message === undefined ? {} : { message: cleanText(report.message, longestMessage) }
  if (report.outcome === 'ignore') return { outcome: 'ignore', ...words }
  return { outcome: 'failure', ...words, ...(report.retry === false && { retry: false }) }
}

/**
 * What a target told of one start of a job.
 *
 * @throws RotaError `report_invalid`, `payload_too_large` where the result could not be stored
 */
export async function receiveReport(
  { open, secret, payloadLimit }: Pick<ReportsOptions, 'open' | 'secret'> & { readonly payloadLimit: number },
  token: string,
  report: Report,
): Promise<Reported & { readonly job: string }> {
  const [cluster = '', job = '', fence = '', signature = '', ...more] = token.split('~')
  const key = await secret.key(purpose, false).catch((error) => {
    if (isRotaError(error, 'secret_missing')) return null
    throw error
  })
  const expected = key && signatureOf(key, `${cluster}~${job}~${fence}`)
  const given = Buffer.from(signature, 'base64url')
  const isOurs = expected !== null && given.length === expected.length && timingSafeEqual(given, expected)
  const isWhole = more.length === 0 && given.toString('base64url') === signature
  if (!isOurs || !isWhole || !isJobId(job)) throw notOurs()
  const kept = JSON.stringify(keptOf(report, payloadLimit))
  const reported = await (await open()).report({ job, fence: Number(fence), outcome: kept })
  if (reported.status === 'gone')
    throw new RotaError(
      'report_invalid',
      'Nobody waits for this report any more: the job is over, was started anew, or its time is over.',
    )
  return { ...reported, job }
}
