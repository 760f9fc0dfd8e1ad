/** The newest slots of the schedules of a list: read for those in sight only, 50 schedules with one call. */
import { createContext, useContext, useMemo } from 'react'
import { type Output, useRead } from '../../data/read.ts'

export type RecentEvent = Output<'schedules.recent'>['recent'][number]['events'][number]

/** What one call takes. */
const most = { ids: 50, characters: 3_000 }

/** For each id the call that it goes with. */
export type Calls = ReadonlyMap<string, string>
export const RecentCalls = createContext<Calls>(new Map())

export function useRecentCalls(ids: readonly string[]): Calls {
  return useMemo(() => {
    const calls = new Map<string, string>()
    let call: string[] = []
    let characters = 0
    const close = () => {
      const text = call.join(',')
      for (const id of call) calls.set(id, text)
      call = []
      characters = 0
    }
    for (const id of ids) {
      if (call.length === most.ids || characters + id.length > most.characters) close()
      call.push(id)
      characters += id.length + 1
    }
    close()
    return calls
  }, [ids])
}

/** Oldest first; undefined until they are there. All rows of one call share one reading. */
export function useRecent(id: string): readonly RecentEvent[] | undefined {
  const ids = useContext(RecentCalls).get(id)
  const { data } = useRead('schedules.recent', { ids: ids ?? '' }, { enabled: ids !== undefined })
  return data?.recent.find((one) => one.id === id)?.events
}
