import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback } from 'react'
import { cache } from '../../data/client.ts'
import { tellSession } from '../../data/live.ts'
import { errorIn, placeOf } from './back.ts'

type Search = Readonly<Record<string, string | undefined>>

/** Goes in, to where somebody wanted to go. What was read before is of nobody, and forgotten. */
export function useEnter(): {
  readonly enter: () => void
  readonly back: string | undefined
  readonly refused: string | null
} {
  const search = useSearch({ strict: false }) as Search
  const navigate = useNavigate()
  const { back } = search
  const enter = useCallback(() => {
    cache.clear()
    tellSession()
    const { path, search: kept } = placeOf(back)
    void navigate({ to: path, search: kept as never, replace: true })
  }, [navigate, back])
  return { enter, back, refused: errorIn(search) }
}
