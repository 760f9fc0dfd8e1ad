/** From the form to what `schedules.put` and `schedules.preview` take. */
import type { Input } from '../../data/read.ts'
import { type Draft, draftOf, type Exclusion } from './draft.ts'
import type { Schedule } from './model.ts'

type Put = Input<'schedules.put'>
type Preview = Input<'schedules.preview'>

const list = (text: string): string[] => text.split(/[\s,;]+/).filter(Boolean)
const given = (text: string): string | undefined => text.trim() || undefined
const number = (text: string): number | undefined => (text.trim() === '' ? undefined : Number(text))

/** Null where nothing was entered yet. */
function timesOf(draft: Draft): Put['when'] | null {
  if (draft.kind === 'interval') {
    const every = given(draft.every)
    return every === undefined ? null : { every, ...(draft.anchor !== '' && { anchor: draft.anchor }) }
  }
  if (draft.kind === 'cron') {
    const cron = draft.cron
    return cron.trim() === '' ? null : { cron, ...(draft.dialect === 'quartz' && { dialect: 'quartz' }) }
  }
  if (draft.kind === 'natural') return draft.natural.trim() === '' ? null : { natural: draft.natural }
  const times = list(draft.times)
  return times.length === 0 ? null : { dailyAt: times }
}

function calendarOf({ kind, text, dialect }: Exclusion): Record<string, unknown> {
  if (kind === 'weekdays') return { weekdays: list(text) }
  if (kind === 'dates') return { dates: list(text) }
  if (kind === 'outside') return { outside: text.split('–').map((time) => time.trim()) }
  return { cron: text.trim(), ...(dialect && { dialect }) }
}

/** Those in which something stands. */
const calendarsOf = ({ exclude }: Draft) =>
  exclude.filter(({ text }) => text.replace('–', '').trim() !== '').map(calendarOf)
const dstOf = ({ gap, repeat }: Draft) => ({ ...(gap && { gap }), ...(repeat && { repeat }) })

function full(draft: Draft): Omit<Put, 'id' | 'job' | 'when'> {
  const { misfire, misfireMax, jitterMin, jitterMax } = draft
  const jitter = given(jitterMax)
  return {
    input: draft.input,
    timezone: given(draft.timezone),
    dst: dstOf(draft),
    exclude: calendarsOf(draft),
    startsAt: given(draft.startsAt),
    endsAt: given(draft.endsAt),
    maxRuns: number(draft.maxRuns),
    misfire: misfire === 'all' ? { all: { max: Number(misfireMax) } } : misfire,
    overlap: draft.overlap,
    runOn: draft.runOn,
    jitter: jitter === undefined ? 0 : { min: given(jitterMin) ?? 0, max: jitter },
    description: given(draft.description),
    owner: given(draft.owner),
    ...draft.others,
    priority: given(draft.priority) as Put['priority'],
    lane: given(draft.lane),
    retries: number(draft.retries),
    timeout: given(draft.timeout),
  }
}

/**
 * What is to be stored. Of one that comes from the code only what differs: the rest goes on as the code says, with the next deploy too. Where somebody
 * changed it before, everything: what was changed then must not be lost.
 */
export function putInput(draft: Draft, base: Schedule | null): Put | null {
  const when = timesOf(draft)
  if (when === null) return null
  const said = full(draft)
  const { jitter, dst, exclude, ...rest } = said
  const head = { id: draft.id.trim(), job: draft.job.trim(), when }
  if (base?.origin !== 'code')
    return {
      ...head,
      ...rest,
      ...(jitter !== 0 && { jitter }),
      ...(Object.keys(dst as object).length > 0 && { dst }),
      ...((exclude as unknown[]).length > 0 && { exclude }),
    }
  if (base.changed) return { ...head, ...said }
  const before = full(draftOf(base)) as Record<string, unknown>
  const differs = ([name, value]: [string, unknown]) => JSON.stringify(value) !== JSON.stringify(before[name])
  return { ...head, ...Object.fromEntries(Object.entries(said).filter(differs)) }
}

/**
 * What the form means so far. An interval without an anchor counts from the start of its schedule, which the preview does not know.
 *
 * @param opened when the form was opened
 */
export function previewInput(draft: Draft, base: Schedule | null, opened: string): Preview | null {
  const when = timesOf(draft)
  if (when === null) return null
  const exclude = calendarsOf(draft)
  const starts = draft.startsAt !== '' && Date.parse(draft.startsAt) > Date.now() ? draft.startsAt : null
  const before = base === null ? null : draftOf(base)
  const isSame =
    before !== null && (['kind', 'every', 'anchor', 'startsAt'] as const).every((name) => before[name] === draft[name])
  const anchor = draft.startsAt || (isSame ? base?.nextAt : null) || opened
  return {
    when: typeof when === 'object' && 'every' in when && when.anchor === undefined ? { ...when, anchor } : when,
    timezone: given(draft.timezone),
    dst: dstOf(draft),
    ...(exclude.length > 0 && { exclude: exclude as Preview['exclude'] }),
    ...(starts !== null && { from: new Date(Date.parse(starts) - 1).toISOString() }),
    count: 10,
  }
}
