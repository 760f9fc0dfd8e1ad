/**
 * `Idempotency-Key` for POSTs that keep no key of their own: the answer is stored for a day, and a repeated request gets it again. Being
 * carried out → answered, or forgotten where it failed, so that it may be tried again.
 */
import { createHash } from 'node:crypto'
import { RotaError } from '../job/errors.ts'
import { text } from '../job/options.ts'
import type { Storage } from '../storage/contract.ts'
import type { Caller } from './call.ts'

const kept = 24 * 3_600_000
/** Milliseconds after which a request that never answered is taken for dead. */
const longest = 120_000

interface Answer {
  readonly status: number
  readonly body: unknown
}

interface Asked {
  readonly key: string
  readonly operation: string
  readonly caller: Caller | null
  /** What was asked, to tell another request under the same key. */
  readonly request: unknown
}

/** @throws RotaError `request_in_progress`, `idempotency_conflict` */
export async function once(
  storage: Pick<Storage, 'accounts'>,
  { key, operation, caller, request }: Asked,
  now: number,
  answer: () => Promise<Answer>,
): Promise<Answer> {
  text(500)(key, 'Idempotency-Key')
  const id = `once:${hash([caller?.actor.kind, caller?.actor.id, operation, key])}`
  const asked = hash([request])
  const row = {
    id,
    identifier: asked,
    value: JSON.stringify({ startedAt: now }),
    expires_at: now + kept,
    created_at: now,
    updated_at: now,
  }
  const own = [{ column: 'id', is: 'eq', value: id }] as const
  const [created] = await storage.accounts({ do: 'create', table: 'verifications', row, unlessTaken: true })
  if (created === undefined) {
    const [known] = await storage.accounts({ do: 'find', table: 'verifications', where: own })
    const earlier = known && earlierAnswer(String(known.identifier), String(known.value), asked, now)
    if (earlier) return earlier
    // It died on the way, or is gone by now: whoever takes its place carries the request out.
    const where = [...own, { column: 'value', is: 'eq', value: String(known?.value ?? '') } as const]
    const set = { identifier: asked, value: row.value, updated_at: now }
    const taken = known && (await storage.accounts({ do: 'update', table: 'verifications', where, set }))
    if (!taken?.length) throw inProgress()
  }
  const given = await answer().catch(async (error) => {
    await storage.accounts({ do: 'delete', table: 'verifications', where: own })
    throw error
  })
  // Where this fails, what was asked for is done all the same: the key stays taken until it is taken for dead.
  const set = { value: JSON.stringify({ answer: given }), updated_at: now }
  await storage.accounts({ do: 'update', table: 'verifications', where: own, set })
  return given
}

function earlierAnswer(identifier: string, value: string, asked: string, now: number): Answer | null {
  const earlier = JSON.parse(value) as { answer?: Answer; startedAt?: number }
  if (identifier !== asked) {
    const message = 'Idempotency-Key: this key was used before for another request. Use another one.'
    throw new RotaError('idempotency_conflict', message, { field: 'Idempotency-Key' })
  }
  if (earlier.answer) return earlier.answer
  if ((earlier.startedAt ?? 0) > now - longest) throw inProgress()
  return null
}

const inProgress = () =>
  new RotaError(
    'request_in_progress',
    'A request with this Idempotency-Key is being carried out. Ask again a little later.',
  )

/** @throws RotaError `request_invalid` for what is nested too deeply to be written again */
function hash(parts: readonly unknown[]): string {
  try {
    return createHash('sha256').update(JSON.stringify(parts)).digest('base64url')
  } catch (error) {
    throw new RotaError('request_invalid', 'The body is nested too deeply.', { cause: error })
  }
}
