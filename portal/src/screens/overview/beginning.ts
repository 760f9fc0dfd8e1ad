/** Whether somebody begins here: nothing was ever stored. Then the first steps are shown until they are done or put away. */
import { useEffect, useRef } from 'react'
import { firstSteps } from '../../data/first-steps.ts'
import { useMay, useMe } from '../../data/me.ts'
import { useRead } from '../../data/read.ts'
import { useSlowRead } from '../../data/slow.ts'
import { useStore } from '../../data/store.ts'

export interface Beginning {
  /** `unknown` for a moment: it is being looked whether anything was ever stored. */
  readonly shows: 'steps' | 'charts' | 'unknown'
  /** Which steps have come true. `people` is null for those who may not let anybody in. */
  readonly done: Readonly<Record<Step, boolean>> & { readonly people: boolean | null }
  putAway(): void
}

type Step = 'worker' | 'job' | 'success' | 'schedule'

const month = { from: new Date(Date.now() - 30 * 86_400_000).toISOString(), step: '1d' } as const
/** Every worker can run it without any code. */
const builtIn = 'http'

export function useBeginning(): Beginning {
  const at = useStore(firstSteps)
  const me = useMe()
  const admin = useMay('users.list')
  const counts = useRead('jobs.counts', undefined).data?.counts
  const looks = at !== 'over'
  const none = counts !== undefined && Object.values(counts).every((count) => count === 0)
  const asks = looks && (none || at === 'open')
  const schedules = useRead('schedules.list', { limit: 1 }, { enabled: asks }).data?.schedules
  const workers = useRead('workers.list', undefined, { enabled: asks }).data?.workers
  const users = useRead('users.list', { limit: 2 }, { enabled: asks && admin }).data?.users
  const demo = useRead('demo.get', undefined).data?.present
  const totals = useSlowRead('stats.get', month, 0, { enabled: looks && none && at === 'unknown' })
  const ran = totals.data && totals.data.totals.succeeded + totals.data.totals.failed + totals.data.totals.cancelled
  const isEmpty = none && schedules?.length === 0 && demo === false && ran === 0
  const done: Record<Step, boolean> = {
    worker: workers?.some(({ jobs }) => jobs.some((job) => job !== builtIn)) ?? false,
    job: counts !== undefined && !none,
    success: (counts?.succeeded ?? 0) > 0,
    schedule: (schedules?.length ?? 0) > 0,
  }
  const all = Object.values(done).every(Boolean)
  const seenOpen = useRef(false) // who saw a step come true also sees that the list is done
  if (at === 'open' && counts && schedules && workers && !all) seenOpen.current = true
  useEffect(() => {
    if (firstSteps.get() === 'unknown' && isEmpty) firstSteps.set('open')
    if (firstSteps.get() === 'open' && all && !seenOpen.current) firstSteps.set('over')
  }, [isEmpty, all])
  const asked = schedules === undefined || demo === undefined || totals.isPending
  return {
    shows: at === 'open' && demo !== true ? 'steps' : at === 'unknown' && none && asked ? 'unknown' : 'charts',
    done: { ...done, people: admin ? (users?.length ?? 0) > (me?.kind === 'local' ? 0 : 1) : null },
    putAway: () => firstSteps.set('over'),
  }
}
