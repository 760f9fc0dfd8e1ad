/** Who looks at this page, and what they may do. What they may not is not shown; the server refuses it all the same. */
import { queryOptions, useQuery } from '@tanstack/react-query'
import { useCallback } from 'react'
import { mayCall } from 'rota/client'
import { cache, isSignedOut, rota } from './client.ts'
import type { Name, Output } from './read.ts'
import { createStore } from './store.ts'

export type Me = Output<'auth.me'>

/** Whoever looked was signed in, and is so no more. */
export const sessionIsOver = createStore(false)

/** Whatever is answered that nobody is signed in, the page asks for it, and keeps what stands in it. */
export function noticeSignedOut(error: unknown): void {
  if (isSignedOut(error) && cache.getQueryData(readingMe().queryKey) !== undefined) sessionIsOver.set(true)
}

/** The same for every cluster. */
export const readingMe = () =>
  queryOptions({
    queryKey: ['auth.me'],
    queryFn: ({ signal }) => rota.auth.me(undefined, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  })

export function useMe(): Me | null {
  return useQuery(readingMe()).data ?? null
}

/** Which operations whoever looks may call. */
export function useMayCall(): (name: Name) => boolean {
  const role = useMe()?.role
  return useCallback((name) => role !== undefined && mayCall(role, name), [role])
}

/** Whether whoever looks may call an operation: `useMay('jobs.cancel')`. */
export const useMay = (name: Name): boolean => useMayCall()(name)
