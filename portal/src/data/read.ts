/** Reading and changing by the operations of the API, by name: `useRead('jobs.list', { filter })`, `useDo('jobs.cancel')`. */
import {
  keepPreviousData,
  queryOptions,
  type UseMutationResult,
  type UseQueryResult,
  useMutation,
  useQuery,
} from '@tanstack/react-query'
import type { Client } from 'rota/client'
import { toast } from '../ui/toast.ts'
import { cache, cluster, rota } from './client.ts'
import { noticeSignedOut } from './me.ts'

/** What the server tells changes of. */
export type Topic = 'jobs' | 'schedules' | 'lanes' | 'workers'

type Part = keyof Client & string
/** `jobs.list` and all others. */
export type Name = { [P in Part]: `${P}.${keyof Client[P] & string}` }[Part]
type Call<N extends Name> = N extends `${infer P extends Part}.${infer O}`
  ? O extends keyof Client[P]
    ? Client[P][O]
    : never
  : never
export type Input<N extends Name> = Call<N> extends (input: infer I, ...rest: never[]) => unknown ? I : never
export type Output<N extends Name> = Call<N> extends (...args: never[]) => Promise<infer O> ? O : never

/** Which changes make an answer old. */
const topicsOf: Readonly<Record<string, readonly Topic[]>> = {
  jobs: ['jobs'],
  flows: ['jobs'],
  stats: ['jobs'],
  schedules: ['schedules', 'jobs'],
  lanes: ['lanes', 'jobs', 'workers'],
  workers: ['workers'],
  handlers: ['workers'],
  system: ['workers'],
}

function send<N extends Name>(name: N, input: Input<N>, options: object): Promise<Output<N>> {
  const [part, operation] = name.split('.') as [Part, string]
  const call = (rota[part] as Record<string, unknown>)[operation] as (input: unknown, options: object) => unknown
  return call(input, options) as Promise<Output<N>>
}

/** For `cache.ensureQueryData` and the like. */
export function reading<N extends Name>(name: N, input: Input<N>) {
  return queryOptions({
    queryKey: [cluster ?? '', name, input],
    queryFn: ({ signal }) => send(name, input, { signal, context: { cluster } }),
    meta: { topics: topicsOf[name.split('.')[0] as string] ?? [] },
  })
}

export interface ReadOptions {
  /** @default true */
  readonly enabled?: boolean
  /** Milliseconds after which it is read again in any case. @default never */
  readonly every?: number
  /** Shows what was there for another input until this one has come. @default true */
  readonly keep?: boolean
}

/**
 * Reads by an operation that changes nothing, and again when the server tells of a change.
 *
 * @example const { data, error } = useRead('jobs.list', { filter: 'state:failed' })
 */
export function useRead<N extends Name>(
  name: N,
  input: Input<N>,
  { enabled = true, every, keep = true }: ReadOptions = {},
): UseQueryResult<Output<N>> {
  return useQuery({
    ...reading(name, input),
    enabled,
    refetchInterval: every ?? false,
    placeholderData: keep ? keepPreviousData : undefined,
  } as never) as UseQueryResult<Output<N>>
}

/** Calls an operation that changes something; what is shown is read again after it. */
export async function perform<N extends Name>(name: N, input: Input<N>, context: object = {}): Promise<Output<N>> {
  const output = await send(name, input, { context: { cluster, ...context } }).catch((error) => {
    noticeSignedOut(error)
    throw error
  })
  void cache.invalidateQueries()
  return output
}

export interface DoOptions<N extends Name> {
  /** What the toast says when it went well; absent for none. */
  readonly said?: string | ((output: Output<N>) => string)
  readonly after?: (output: Output<N>) => void
  /** The place that shows the error itself says so. @default false: a toast shows it */
  readonly quiet?: boolean
}

/**
 * Changes something when asked: `const cancel = useDo('jobs.cancel', { said: t('cancelled') }); cancel.mutate({ id })`.
 */
export function useDo<N extends Name>(
  name: N,
  { said, after, quiet = false }: DoOptions<N> = {},
): UseMutationResult<Output<N>, Error, Input<N>> {
  return useMutation<Output<N>, Error, Input<N>>({
    mutationFn: (input) => perform(name, input),
    onSuccess: (output) => {
      if (said !== undefined) toast.good(typeof said === 'function' ? said(output) : said)
      after?.(output)
    },
    onError: (error) => {
      if (!quiet) toast.bad(error)
    },
  })
}
