/** What is stored at one moment, with its version: what an edit begins with. It does not change while somebody writes. */
import { useEffect, useState } from 'react'
import { etagOf } from 'rota/client'
import { cluster, rota } from '../../data/client.ts'
import type { Handler } from '../handlers/kind.ts'
import type { Definition } from './spec.ts'

export interface Snapshot {
  readonly handler: Handler
  readonly etag: string | undefined
  readonly definition: Definition
}

const tries = 3

export async function takeSnapshot(id: string, signal?: AbortSignal): Promise<Snapshot> {
  const options = { ...(signal && { signal }), context: { cluster } }
  for (let i = 1; ; i++) {
    const [handler, { versions }] = await Promise.all([
      rota.handlers.get({ id }, options),
      rota.handlers.versions({ id, limit: 1 }, options),
    ])
    const [newest] = versions
    // Between the two answers somebody may have changed it.
    if (newest?.version === handler.version || i === tries)
      return { handler, etag: etagOf(handler), definition: newest?.definition as Definition }
  }
}

export function useSnapshot(id: string): {
  readonly data: Snapshot | undefined
  readonly error: Error | null
  readonly again: () => void
} {
  const [round, setRound] = useState(0)
  const [taken, setTaken] = useState<{ data?: Snapshot; error?: Error }>({})
  // biome-ignore lint/correctness/useExhaustiveDependencies: another round reads it again
  useEffect(() => {
    const ends = new AbortController()
    setTaken({})
    takeSnapshot(id, ends.signal).then(
      (data) => !ends.signal.aborted && setTaken({ data }),
      (error: Error) => !ends.signal.aborted && setTaken({ error }),
    )
    return () => ends.abort()
  }, [id, round])
  return { data: taken.data, error: taken.error ?? null, again: () => setRound((before) => before + 1) }
}
