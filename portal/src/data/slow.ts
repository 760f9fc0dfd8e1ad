/** Reads on a clock of their own, not at every change: for what takes the server longer, such as statistics. */
import { type UseQueryResult, useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { paused } from './live.ts'
import { type Input, type Name, type Output, reading } from './read.ts'
import { useStore } from './store.ts'

export interface SlowOptions<N extends Name> {
  /** @default true */
  readonly enabled?: boolean
  /** Whether what was there for another input is shown until this one has come. @default always */
  readonly keeps?: (before: Input<N>) => boolean
}

/**
 * Like `useRead`, but again only after so long.
 *
 * @param every milliseconds; 0 for never
 */
export function useSlowRead<N extends Name>(
  name: N,
  input: Input<N>,
  every: number,
  { enabled = true, keeps = () => true }: SlowOptions<N> = {},
): UseQueryResult<Output<N>> {
  const held = useStore(paused)
  return useQuery({
    ...reading(name, input),
    meta: {},
    enabled,
    refetchInterval: held || every === 0 ? false : every,
    placeholderData: (data: unknown, query?: { readonly queryKey: readonly unknown[] }) =>
      query !== undefined && keeps(query.queryKey[2] as Input<N>) ? data : undefined,
  } as never) as UseQueryResult<Output<N>>
}

const pace = 10_000

/** The present instant in milliseconds, new every ten seconds; it stands still while the page is held. */
export function useSlowNow(): number {
  const [now, setNow] = useState(Date.now)
  const held = useStore(paused)
  useEffect(() => {
    if (held) return
    setNow(Date.now())
    const timer = setInterval(() => setNow(Date.now()), pace)
    return () => clearInterval(timer)
  }, [held])
  return now
}
