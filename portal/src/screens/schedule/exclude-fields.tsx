import { Plus, X } from 'lucide-react'
import { useTexts } from '../../lib/texts.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { Select, TextInput } from '../../ui/form.tsx'
import type { CalendarKind, Exclusion } from './draft.ts'
import type { FieldsProps } from './when-fields.tsx'

const kinds: readonly CalendarKind[] = ['weekdays', 'dates', 'outside', 'cron']
const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
const starting: Readonly<Record<CalendarKind, string>> = {
  weekdays: 'sat, sun',
  dates: '12-25',
  outside: '09:00–17:00',
  cron: '* * * 8 *',
}

/** Times at which it does not run. */
export function ExcludeFields({ draft: { exclude }, change, errorOf }: FieldsProps) {
  const t = useTexts('schedule')
  const put = (i: number, next: Exclusion) => change({ exclude: exclude.with(i, next) })
  const error = errorOf('exclude')
  return (
    <fieldset className="min-w-0">
      <legend className="mb-1 font-medium text-[13px]">{t('exclude.legend')}</legend>
      <ul className="space-y-2">
        {exclude.map((one, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: they have nothing but their place
          <li key={i} className="flex flex-wrap items-start gap-2">
            <Select
              aria-label={t('exclude.kind')}
              className="w-full! sm:w-44!"
              value={one.kind}
              onChange={(kind) => put(i, { kind, text: starting[kind] })}
              options={kinds.map((kind) => [kind, t(`exclude.${kind}`)] as const)}
            />
            <span className="min-w-0 flex-1">
              <Entry exclusion={one} onChange={(next) => put(i, next)} />
            </span>
            <IconButton
              label={t('exclude.remove')}
              onClick={() => change({ exclude: exclude.filter((_, other) => other !== i) })}
            >
              <X className="size-4" aria-hidden />
            </IconButton>
          </li>
        ))}
      </ul>
      {error !== null && (
        <p role="alert" className="mt-1 break-words text-danger text-xs">
          {error}
        </p>
      )}
      <Button
        small
        className={exclude.length > 0 ? 'mt-2' : undefined}
        icon={<Plus className="size-3.5" aria-hidden />}
        onClick={() => change({ exclude: [...exclude, { kind: 'weekdays', text: starting.weekdays }] })}
      >
        {t('exclude.add')}
      </Button>
    </fieldset>
  )
}

interface EntryProps {
  readonly exclusion: Exclusion
  readonly onChange: (next: Exclusion) => void
}

function Entry({ exclusion, onChange }: EntryProps) {
  const t = useTexts('schedule')
  const { kind, text } = exclusion
  const enter = (next: string) => onChange({ ...exclusion, text: next })
  if (kind === 'weekdays') {
    const chosen = new Set(text.split(/[\s,]+/).map((day) => day.toLowerCase().slice(0, 3)))
    const toggle = (day: string) =>
      enter(weekdays.filter((one) => (one === day ? !chosen.has(one) : chosen.has(one))).join(', '))
    return (
      <span className="flex min-h-8.5 flex-wrap items-center gap-x-3 gap-y-1">
        {weekdays.map((day) => (
          <label key={day} className="inline-flex min-h-6 items-center gap-1.5 text-[13px]">
            <input
              type="checkbox"
              className="size-4 accent-[var(--accent)]"
              checked={chosen.has(day)}
              onChange={() => toggle(day)}
            />
            {t(`weekday.${day}`)}
          </label>
        ))}
      </span>
    )
  }
  if (kind === 'outside') {
    const [from = '', to = ''] = text.split('–')
    return (
      <span className="flex items-center gap-2 text-[13px]">
        <TextInput
          type="time"
          step={1}
          aria-label={t('exclude.from')}
          value={from}
          onChange={(next) => enter(`${next}–${to}`)}
        />
        –
        <TextInput
          type="time"
          step={1}
          aria-label={t('exclude.to')}
          value={to}
          onChange={(next) => enter(`${from}–${next}`)}
        />
      </span>
    )
  }
  return (
    <TextInput
      mono
      aria-label={t(`exclude.${kind}`)}
      title={t(`exclude.${kind}Help`)}
      placeholder={t(`exclude.${kind}Help`)}
      value={text}
      onChange={enter}
    />
  )
}
