import { useEffect, useState } from 'react'
import type { Input } from '../../data/read.ts'
import { useSlowRead } from '../../data/slow.ts'
import { useTexts } from '../../lib/texts.ts'
import { Card } from '../../ui/page.tsx'
import type { Draft } from './draft.ts'
import { RunList } from './run-list.tsx'

/** A value as it was when it last rested for so long. */
export function useRested<T>(value: T, ms: number): T {
  const [rested, setRested] = useState(value)
  const text = JSON.stringify(value)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the text tells whether it is another one
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), ms)
    return () => clearTimeout(timer)
  }, [text, ms])
  return rested
}

type PreviewOf = Input<'schedules.preview'>

/** What the form means, as the server reads it: the same whatever else changes. */
export function usePreview(input: PreviewOf | null) {
  const rested = useRested(input, 250)
  return useSlowRead('schedules.preview', rested ?? { when: '' }, 0, { enabled: rested !== null })
}

/** The preview knows no start, and this depends on it: `every 2 weeks on Monday`, `every month`. */
const countsFromStart = (prose: string): boolean =>
  !/anchoredon/i.test(prose) &&
  (/every (\d+|other) (day|week|month|year)/i.test(prose) ||
    (/^every (week|month|year)\b/i.test(prose) && !/ on /i.test(prose)))

interface Props {
  readonly preview: ReturnType<typeof usePreview>
  readonly draft: Draft
  /** How many it has run already. */
  readonly runs: number
}

/** In words, and the next runs. */
export function Preview({ preview: { data, error }, draft, runs }: Props) {
  const t = useTexts('schedule')
  const ends = draft.endsAt === '' ? Number.POSITIVE_INFINITY : Date.parse(draft.endsAt)
  const left = draft.maxRuns === '' ? Number.POSITIVE_INFINITY : Math.max(0, Number(draft.maxRuns) - runs)
  const next = data?.runs.filter(({ at }) => Date.parse(at) < ends).slice(0, left) ?? []
  return (
    <Card title={t('preview.title')} className="lg:sticky lg:top-16">
      <div className="min-h-[27rem]">
        {error !== null ? (
          <p className="text-[13px] text-soft" role="status">
            {t('preview.wrong')}
          </p>
        ) : data === undefined ? (
          <p className="text-[13px] text-faint">{t('preview.none')}</p>
        ) : (
          <>
            <p className="break-words font-medium" aria-live="polite">
              {data.description}
            </p>
            <p className="mb-2 text-faint text-xs">{t('preview.zone', { zone: data.timezone })}</p>
            {next.length === 0 ? (
              <p className="rounded bg-warn-soft px-2 py-1.5 text-[13px] text-warn">{t('preview.never')}</p>
            ) : (
              <RunList label={t('preview.next')} runs={next} />
            )}
            {draft.kind === 'natural' && countsFromStart(data.description) && (
              <p className="mt-2 rounded bg-hover px-2 py-1.5 text-soft text-xs">{t('preview.start')}</p>
            )}
            {next.length > 0 && next.length < data.runs.length && (
              <p className="mt-1 text-faint text-xs">{t('preview.ends')}</p>
            )}
          </>
        )}
      </div>
    </Card>
  )
}
