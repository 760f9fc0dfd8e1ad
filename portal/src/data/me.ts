/** Who looks at this page, and what they may do. What they may not is not shown; the server refuses it all the same. */
import { useQuery } from '@tanstack/react-query'
import { mayCall } from 'rota/client'
import { type Name, type Output, reading } from './read.ts'
import { createStore } from './store.ts'

export type Me = Output<'auth.me'>

/** Whoever looked was signed in, and is so no more. */
export const sessionIsOver = createStore(false)

export const readingMe = () => ({ ...reading('auth.me', undefined), staleTime: Number.POSITIVE_INFINITY })

export function useMe(): Me | null {
  return useQuery(readingMe()).data ?? null
}

/** Whether whoever looks may call an operation: `useMay('jobs.cancel')`. */
export function useMay(name: Name): boolean {
  const me = useMe()
  return me !== null && mayCall(me.role, name)
}
