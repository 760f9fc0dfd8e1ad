import { useState } from 'react'
import type { When } from '../../data/bulk.ts'
import { useTexts } from '../../lib/texts.ts'
import { useZone } from '../../lib/time.ts'
import { fromWall, toWall } from '../../lib/wall.ts'
import { Field, Select, TextInput } from '../../ui/form.tsx'

export interface WhenFieldProps {
  /** Whether it may be now. */
  readonly now?: boolean
  /** Null while it cannot be read. */
  readonly onChange: (when: When | null) => void
}

const hour = 3_600_000

type How = 'now' | 'in' | 'at'
const isDuration = (text: string): boolean => /^\s*\d+(\.\d+)?\s*(ms|[smhd])\s*$/.test(text)

/** When a job is to run: now, after a while, or at a time of the chosen zone. */
export function WhenField({ now = false, onChange }: WhenFieldProps) {
  const t = useTexts('jobs')
  const zone = useZone()
  const [how, setHow] = useState<How>(now ? 'now' : 'in')
  const [span, setSpan] = useState('5m')
  const [wall, setWall] = useState(() => toWall(new Date(Date.now() + hour).toISOString(), zone).slice(0, 16))
  const tell = (next: How, duration: string, clock: string) => {
    setHow(next)
    setSpan(duration)
    setWall(clock)
    if (next === 'now') return onChange({})
    if (next === 'in') return onChange(isDuration(duration) ? { in: duration.trim() } : null)
    const at = fromWall(clock, zone)
    onChange(at === null ? null : { at })
  }
  const options = (now ? (['now', 'in', 'at'] as const) : (['in', 'at'] as const)).map(
    (one) => [one, t(`when.${one}`)] as const,
  )
  return (
    <div className="grid gap-3 sm:grid-cols-2">
      <Field label={t('when.label')}>
        {(ids) => <Select {...ids} value={how} onChange={(next) => tell(next, span, wall)} options={options} />}
      </Field>
      {how === 'in' && (
        <Field label={t('when.span')} help={t('when.spanHelp')} error={isDuration(span) ? null : t('when.spanBad')}>
          {(ids) => <TextInput {...ids} mono value={span} onChange={(next) => tell(how, next, wall)} />}
        </Field>
      )}
      {how === 'at' && (
        <Field label={t('when.clock')} help={t('when.clockHelp', { zone })}>
          {(ids) => (
            <TextInput {...ids} type="datetime-local" value={wall} onChange={(next) => tell(how, span, next)} />
          )}
        </Field>
      )}
    </div>
  )
}
