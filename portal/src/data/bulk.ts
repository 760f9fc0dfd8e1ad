/** The same done to many jobs: a few at a time, and one that is refused keeps the others from nothing. */
import { isRotaError } from 'rota/client'
import { cache, cluster, rota } from './client.ts'
import { noticeSignedOut } from './me.ts'

const atOnce = 6

/** What can be done to a job. */
export type Act = 'retry' | 'run' | 'reschedule' | 'cancel' | 'delete'
/** As the operations take it; nothing for now. */
export type When = { readonly in?: string; readonly at?: string }

export interface BulkResult {
  readonly act: Act
  readonly asked: number
  readonly done: readonly string[]
  readonly failed: readonly { readonly id: string; readonly message: string }[]
}

/** After these nothing else would go better. */
const isHopeless = (error: unknown): boolean =>
  isRotaError(error, 'server_unreachable') ||
  isRotaError(error, 'sign_in_required') ||
  isRotaError(error, 'not_allowed')

function callOf(act: Act, when: When): (id: string) => Promise<unknown> {
  const options = { context: { cluster } }
  if (act === 'retry') return (id) => rota.jobs.retry({ id }, options)
  if (act === 'run') return (id) => rota.jobs.run({ id }, options)
  if (act === 'cancel') return (id) => rota.jobs.cancel({ id }, options)
  if (act === 'delete') return (id) => rota.jobs.delete({ id }, options)
  return (id) => rota.jobs.reschedule({ id, ...when }, options)
}

export interface BulkOptions {
  readonly act: Act
  readonly ids: readonly string[]
  readonly when?: When
  /** Begins nothing more when it fires. */
  readonly signal: AbortSignal
  readonly onStep: (ended: number) => void
}

export async function runBulk({ act, ids, when = {}, signal, onStep }: BulkOptions): Promise<BulkResult> {
  const call = callOf(act, when)
  const left = ids.values()
  const done: string[] = []
  const failed: { id: string; message: string }[] = []
  let given = false
  const work = async () => {
    for (const id of left) {
      try {
        await call(id)
        done.push(id)
      } catch (error) {
        failed.push({ id, message: error instanceof Error ? error.message : String(error) })
        given ||= isHopeless(error)
        noticeSignedOut(error)
      }
      onStep(done.length + failed.length)
      if (given || signal.aborted) return
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  void cache.invalidateQueries()
  return { act, asked: ids.length, done, failed }
}

/** Messages name the job they are about; without that, the same reason is one. */
export function reasonsOf(result: BulkResult): { readonly message: string; readonly ids: readonly string[] }[] {
  const byReason = new Map<string, string[]>()
  for (const { id, message } of result.failed) {
    const reason = message.replaceAll(id, '…')
    byReason.set(reason, [...(byReason.get(reason) ?? []), id])
  }
  return [...byReason].map(([message, ids]) => ({ message, ids })).sort((a, b) => b.ids.length - a.ids.length)
}
