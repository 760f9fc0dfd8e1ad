/**
 * The list of jobs as it is shown. It has to stay readable where hundreds of jobs come each second, so it is a snapshot:
 *
 * - The newest page is read again whenever something changed. It gives the jobs of the snapshot their present state, in their place.
 * - What is new is let in by itself while it is little and nobody looks closely (at the top, not pointed at, nothing chosen). Otherwise it
 *   is counted, and shown when asked for.
 * - Jobs further down that are in sight and not over are read again by their ids.
 * - At most `mostRows` are kept; whoever wants to see more is to say what of.
 */
import { type InfiniteData, keepPreviousData, type Query, useInfiniteQuery } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { cache, cluster, rota } from '../../data/client.ts'
import { useRead } from '../../data/read.ts'
import { isOver, type Job } from './job.ts'
import { changesOf, mapJobs, type Page, rowsOf } from './snapshot.ts'

type Pages = InfiniteData<Page, string | null>

const pageSize = 100
const mostRows = 2_000
/** Pages may be short where the filter fits few. */
const mostPages = 60
/** So many pages in a row are read without being asked for while the list is shorter than a screen. */
const byItself = 5
const fillsScreen = 30
/** More changes at once than this would make the list unreadable. */
const calm = 12
/** As many ids as a filter holds. */
const mostAsked = 50

export function useJobPages(filter: string, held: boolean) {
  const key = useMemo(() => [cluster ?? '', 'jobs.list', { filter, pages: true }], [filter])
  const head = useRead('jobs.list', { ...(filter !== '' && { filter }), limit: pageSize })
  const pages = useInfiniteQuery<Page, Error, Pages, readonly unknown[], string | null>({
    queryKey: key,
    enabled: false, // it begins with the newest page, and nothing but a person makes it go on
    initialPageParam: null,
    queryFn: ({ pageParam, signal }) =>
      rota.jobs.list(
        { ...(filter !== '' && { filter }), ...(pageParam !== null && { cursor: pageParam }), limit: pageSize },
        { signal, context: { cluster } },
      ),
    getNextPageParam: (last, all) =>
      all.length >= mostPages || rowsOf(all).length >= mostRows ? undefined : (last.next ?? undefined),
    placeholderData: keepPreviousData,
  })
  const newest = head.isPlaceholderData ? undefined : head.data
  const isOld = pages.isPlaceholderData
  const snapshot = isOld ? undefined : pages.data
  const rows = useMemo(() => rowsOf(pages.data?.pages ?? []), [pages.data])
  const pending = useMemo(() => changesOf(newest, snapshot?.pages), [newest, snapshot])

  const show = useCallback(() => {
    if (newest !== undefined) cache.setQueryData<Pages>(key, { pages: [newest], pageParams: [null] })
  }, [newest, key])
  const isCalm = pending.fresh + pending.left <= calm
  useEffect(() => {
    if (newest === undefined) return
    const isBare = rowsOf(snapshot?.pages ?? []).length === 0
    if (snapshot === undefined || (isBare && newest.jobs.length > 0)) show()
    else if (pending.fresh + pending.left > 0 && isCalm && !held) show()
    else patch(key, newest.jobs)
  }, [newest, snapshot, pending, isCalm, held, show, key])

  const { seen, top } = useFresh(rows, newest, key)
  const { fetchNextPage, hasNextPage, isFetchingNextPage, isFetchNextPageError } = pages
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage && !isFetchNextPageError && !isOld) void fetchNextPage()
  }, [fetchNextPage, hasNextPage, isFetchingNextPage, isFetchNextPageError, isOld])
  const read = snapshot?.pages.length ?? 0
  useEffect(() => {
    if (snapshot !== undefined && rows.length < fillsScreen && read < byItself) more()
  }, [snapshot, rows.length, read, more])

  return {
    rows,
    /** Nothing was read yet for this filter; what is shown is that of the one before. */
    isOld: isOld || (snapshot === undefined && head.error === null),
    /** None could be read at all. */
    error: head.error,
    pending: {
      count: pending.fresh,
      isMore: pending.isMore,
      any: (!isCalm || held) && pending.fresh + pending.left > 0,
    },
    show,
    more,
    searchOn: () => void fetchNextPage(),
    isReadingOn: isFetchingNextPage,
    hasMore: hasNextPage && !isOld,
    isFull: rows.length >= mostRows || read >= mostPages,
    searchedTo: snapshot?.pages.at(-1)?.next ?? null,
    trouble: isFetchNextPageError ? pages.error : null,
    seen,
    top,
  }
}

/** Takes jobs that were deleted out of all that is shown. */
export function forgetJobs(ids: ReadonlySet<string>): void {
  const lists = {
    predicate: ({ queryKey }: Query) => (queryKey[2] as { readonly pages?: true } | undefined)?.pages === true,
  }
  cache.setQueriesData<Pages>(
    lists,
    (before) => before && mapJobs(before, (jobs) => jobs.filter(({ id }) => !ids.has(id))),
  )
}

/** Gives the jobs of the snapshot what is known of them now. */
function patch(key: readonly unknown[], known: readonly Job[]): void {
  const byId = new Map(known.map((job) => [job.id, job]))
  cache.setQueryData<Pages>(key, (before) => {
    const isNew = before?.pages.some(({ jobs }) => jobs.some((job) => (byId.get(job.id) ?? job) !== job))
    return isNew && before ? mapJobs(before, (jobs) => jobs.map((job) => byId.get(job.id) ?? job)) : before
  })
}

/** Reads again what is in sight and may change, but is not in the newest page. */
function useFresh(rows: readonly Job[], newest: Page | undefined, key: readonly unknown[]) {
  const [range, setRange] = useState<readonly [number, number]>([0, 0])
  const [top, setTop] = useState(true)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const seen = useCallback((first: number, last: number) => {
    setTop(first <= 1)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => setRange([first, last]), 250)
  }, [])
  useEffect(() => () => clearTimeout(timer.current), [])
  const ids = useMemo(() => {
    const inNewest = new Set(newest?.jobs.map(({ id }) => id))
    const open = rows.slice(range[0], range[1] + 1).filter((job) => !isOver(job) && !inNewest.has(job.id))
    return open.slice(0, mostAsked).map(({ id }) => id)
  }, [rows, newest, range])
  const { data } = useRead(
    'jobs.list',
    { filter: `id:${ids.join(',')}`, limit: mostAsked },
    { enabled: ids.length > 0, keep: false },
  )
  useEffect(() => {
    if (data === undefined) return
    patch(key, data.jobs)
    const found = new Set(data.jobs.map(({ id }) => id))
    const gone = ids.filter((id) => !found.has(id))
    if (gone.length > 0) forgetJobs(new Set(gone))
  }, [data, ids, key])
  return { seen, top }
}
