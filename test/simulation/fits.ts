/** What a filter means, as plainly as possible. */
import type { Filter, Moment } from '../../src/job/filter.ts'
import { priorityOfRank } from '../../src/job/priority.ts'
import type { JobRecord } from '../../src/storage/contract.ts'

export function fits(filter: Filter, job: JobRecord, now: number): boolean {
  const oneOf = <T>(values: readonly T[] | null, value: T) => values?.includes(value) ?? true
  const instant = (moment: Moment) => ('at' in moment ? moment.at : now - moment.ago)
  return (
    oneOf(filter.states, job.state) &&
    oneOf(filter.jobs, job.job) &&
    oneOf(filter.lanes, job.lane) &&
    oneOf(filter.priorities, priorityOfRank(job.priority)) &&
    oneOf<string | null>(filter.reasons, job.reason) &&
    oneOf(filter.ids, job.id) &&
    oneOf<string | null>(filter.flows, job.flow) &&
    oneOf<string | null>(filter.schedules, job.schedule?.id ?? null) &&
    (filter.since === null || job.createdAt >= instant(filter.since)) &&
    (filter.until === null || job.createdAt < instant(filter.until)) &&
    filter.metadata.every(({ key, values }) => isWord(own(job.metadata, key), values)) &&
    filter.input.every(({ path, values }) => isWord(path.reduce(own, job.input && JSON.parse(job.input)), values)) &&
    (filter.errors?.some((text) => hasText(job, text)) ?? true)
  )
}

function own(from: unknown, key: string): unknown {
  const may = typeof from === 'object' && from !== null && Object.hasOwn(from, key)
  return may && !(Array.isArray(from) && key === 'length') ? (from as Record<string, unknown>)[key] : undefined
}

const isWord = (value: unknown, words: readonly string[]) =>
  ['string', 'number', 'boolean'].includes(typeof value) && words.includes(String(value))

const lower = (text: string) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())

const hasText = ({ error }: JobRecord, text: string) =>
  [error?.message, error?.name, error?.code].some((part) => lower(part ?? '').includes(lower(text)))
