/** The form of a schedule, new or stored. */
import { type FormEvent, useMemo, useRef, useState } from 'react'
import { isRotaError } from 'rota/client'
import { useTexts } from '../../lib/texts.ts'
import { isZone } from '../../lib/time.ts'
import { LeaveGuard } from '../../ui/leave-guard.tsx'
import { Card } from '../../ui/page.tsx'
import { ErrorText } from '../../ui/problem.tsx'
import { toast } from '../../ui/toast.ts'
import { BasicFields } from './basic-fields.tsx'
import type { Draft } from './draft.ts'
import { JobFields } from './job-fields.tsx'
import { LimitFields } from './limit-fields.tsx'
import type { Schedule } from './model.ts'
import { PolicyFields } from './policy-fields.tsx'
import { Preview, usePreview } from './preview.tsx'
import { previewInput, putInput } from './put-input.ts'
import { SaveBar } from './save-bar.tsx'
import { type Obstacle, obstacleFor, type Saved, save } from './saving.ts'
import { type FieldsProps, WhenFields } from './when-fields.tsx'

interface Props {
  /** What is stored; null for a new one. Taken once: what is stored meanwhile does not change what somebody types. */
  readonly base: Schedule | null
  readonly initial: Draft
  readonly onSaved: (saved: Saved) => void
}

export function Editor({ base, initial, onSaved }: Props) {
  const t = useTexts('schedule')
  const [draft, setDraft] = useState(initial)
  const [opened] = useState(() => new Date(Math.ceil(Date.now() / 1_000) * 1_000).toISOString())
  const [problem, setProblem] = useState<string | null>(null)
  const [refused, setRefused] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  const [obstacle, setObstacle] = useState<Obstacle | null>(null)
  const saved = useRef(false)
  const start = useMemo(() => JSON.stringify(initial), [initial])
  const dirty = JSON.stringify(draft) !== start
  const preview = usePreview(useMemo(() => previewInput(draft, base, opened), [draft, base, opened]))
  const input = putInput(draft, base)

  const change = (part: Partial<Draft>) => {
    setDraft((before) => ({ ...before, ...part }))
    setRefused(null)
    setObstacle(null)
  }
  const errorOf: FieldsProps['errorOf'] = (...names) => {
    const errors = [refused, preview.error].filter((error) => error !== null)
    const own = errors.find((error) => names.includes(placeOf(error) ?? ''))
    return own instanceof Error ? own.message.replace(optionName, '') : null
  }
  const store = async (sure: boolean) => {
    if (input === null) return
    setBusy(true)
    setRefused(null)
    try {
      const found = sure ? null : await obstacleFor(input.id, base)
      setObstacle(found)
      if (found !== null) return
      const answer = await save(input)
      saved.current = true
      toast.good(t(`saved.${answer.status}`, { id: answer.id }))
      onSaved(answer)
    } catch (error) {
      setRefused(error)
    } finally {
      setBusy(false)
    }
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void store(false)
  }
  const fields: FieldsProps = { draft, change, errorOf, zone: isZone(draft.timezone) ? draft.timezone : 'UTC' }
  const isShown = refused !== null && placeOf(refused) !== null
  return (
    <form
      onSubmit={submit}
      className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_23rem]"
      aria-label={t('form')}
    >
      <LeaveGuard isDirty={() => dirty && !saved.current} />
      <div className="min-w-0 space-y-4 lg:col-start-1">
        {base?.origin === 'code' && (
          <p className="rounded-md bg-accent-soft px-3 py-2 text-[13px] text-accent-ink">{t('overCode')}</p>
        )}
        <Card title={t('part.what')}>
          <BasicFields {...fields} base={base} isTaken={obstacle === 'taken'} />
        </Card>
        <Card title={t('part.when')}>
          <WhenFields {...fields} />
        </Card>
      </div>
      <div className="min-w-0 lg:col-start-2 lg:row-span-2 lg:row-start-1 lg:h-full">
        <Preview preview={preview} draft={draft} runs={base?.runs ?? 0} />
      </div>
      <div className="min-w-0 space-y-4 lg:col-start-1">
        <Card title={t('part.job')}>
          <JobFields {...fields} isNew={base === null} onProblem={setProblem} />
        </Card>
        <Card title={t('part.limits')}>
          <LimitFields {...fields} />
        </Card>
        <Card title={t('part.policies')}>
          <PolicyFields {...fields} />
        </Card>
        {refused !== null && <ErrorText error={isShown ? t('seeAbove', { message: messageOf(refused) }) : refused} />}
      </div>
      <SaveBar
        isNew={base === null}
        dirty={dirty}
        busy={busy}
        wrong={
          problem !== null
            ? t('bar.input', { problem })
            : input === null || (preview.error !== null && !isRotaError(preview.error, 'server_unreachable'))
              ? t('bar.times')
              : null
        }
        obstacle={obstacle}
        id={draft.id}
        onDiscard={() => change(initial)}
        onSure={() => void store(true)}
        onBack={() => setObstacle(null)}
      />
    </form>
  )
}

/** The field stands above the message. */
const optionName = /^(?:schedules\.put|recurrence)?[\w.[\]]*: /

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Fields that show what the server says of them, by the names that its errors give. */
const own = [
  'gap',
  'repeat',
  'exclude',
  'timezone',
  'startsAt',
  'endsAt',
  'maxRuns',
  'misfire',
  'overlap',
  'runOn',
  'jitter',
  'priority',
  'lane',
  'retries',
  'timeout',
  'input',
  'job',
  'id',
  'owner',
  'description',
  'when',
] as const

/** Which field an error of the server is about: `when.cron`, `exclude[0].dates`, `dst.gap`. */
function placeOf(error: unknown): string | null {
  if (!isRotaError(error) || error.field === undefined) return null
  const parts = error.field.split(/[.[\]]+/)
  return (
    own.find((name) => parts.includes(name)) ??
    (parts.some((part) => ['natural', 'cron', 'dailyAt', 'every', 'anchor'].includes(part)) ? 'when' : null)
  )
}
