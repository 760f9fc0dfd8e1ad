/** The one client of this page, and the cache of what it has read. */
import { QueryClient } from '@tanstack/react-query'
import { createClient, isRotaError } from 'rota/client'

/** Where the server is: the page stands below it. */
export const home = new URL('.', document.baseURI)

/** The cluster that is looked at; undefined for the default one of the server. Another one is another page: nothing that stands here can be done to it. */
export const cluster = new URLSearchParams(location.search).get('cluster') ?? undefined

export const rota = createClient({ url: home.href })

export const cache = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      gcTime: 5 * 60_000,
      retry: false, // the client has tried again by itself
      refetchOnWindowFocus: false, // `live.ts` sees to that
    },
  },
})

/** Whether the server says that nobody is signed in (any more). */
export const isSignedOut = (error: unknown): boolean => isRotaError(error, 'sign_in_required')
