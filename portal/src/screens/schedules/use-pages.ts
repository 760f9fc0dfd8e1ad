import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { cluster, rota } from '../../data/client.ts'
import type { Input } from '../../data/read.ts'

/** All that are loaded are read again when something changes: so there is an end to them. */
const mostPages = 20
const atOnce = 100

type Options = { readonly signal: AbortSignal; readonly context: { readonly cluster: string | undefined } }

interface Pages<Row> {
  readonly query: { readonly data: readonly Row[] | undefined; readonly error: Error | null }
  readonly rows: readonly Row[]
  /** There is more, and it can be loaded. */
  readonly hasMore: boolean
  /** There is more than is ever loaded. */
  readonly cut: boolean
  readonly isLoading: boolean
  readonly more: () => void
}

/** A list that comes in pages, page after page, up to an end. */
function useEndless<Page extends { readonly next: string | null }, Row>(
  key: readonly unknown[],
  read: (cursor: string | undefined, options: Options) => Promise<Page>,
  rowsOf: (page: Page) => readonly Row[],
): Pages<Row> {
  const query = useInfiniteQuery({
    queryKey: [cluster ?? '', ...key],
    queryFn: ({ pageParam, signal }) => read(pageParam, { signal, context: { cluster } }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }, all) => (all.length < mostPages ? (next ?? undefined) : undefined),
    placeholderData: keepPreviousData,
    meta: { topics: ['schedules', 'jobs'] },
  })
  const { data, error, hasNextPage, isFetchingNextPage, fetchNextPage } = query
  const rows = useMemo(() => data?.pages.flatMap(rowsOf), [data, rowsOf])
  return {
    query: { data: rows, error },
    rows: rows ?? [],
    hasMore: hasNextPage,
    cut: !hasNextPage && data?.pages.at(-1)?.next != null,
    isLoading: isFetchingNextPage,
    more: () => {
      if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
    },
  }
}

type ListPage = Awaited<ReturnType<typeof rota.schedules.list>>
type HistoryPage = Awaited<ReturnType<typeof rota.schedules.history>>
const schedulesOf = ({ schedules }: ListPage) => schedules
const eventsOf = ({ events }: HistoryPage) => events

export const useSchedules = (input: Omit<Input<'schedules.list'>, 'cursor' | 'limit'>) =>
  useEndless(
    ['schedules.list', input, 'pages'],
    (cursor, options) => rota.schedules.list({ ...input, limit: atOnce, cursor }, options),
    schedulesOf,
  )

export const useHistory = (id: string) =>
  useEndless(
    ['schedules.history', id, 'pages'],
    (cursor, options) => rota.schedules.history({ id, limit: atOnce, cursor }, options),
    eventsOf,
  )
