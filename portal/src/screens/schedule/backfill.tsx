/** Slots of the past that have not run: first what they are, then, when asked again, their jobs. */
import { Search } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { type Output, perform, useDo } from '../../data/read.ts'
import { useTexts } from '../../lib/texts.ts'
import { Button } from '../../ui/button.tsx'
import { Confirm } from '../../ui/dialog.tsx'
import { Field } from '../../ui/form.tsx'
import { Card } from '../../ui/page.tsx'
import { ErrorText } from '../../ui/problem.tsx'
import { BackfillResult, SlotList } from './backfill-parts.tsx'
import { InstantInput } from './instant-input.tsx'
import type { Schedule } from './model.ts'

type Result = Output<'schedules.backfill'>

/** Jobs that one call makes at most. */
const limit = 1_000
const minute = 60_000
const instant = (at: number) => new Date(Math.floor(at / minute) * minute).toISOString()

export function Backfill({ schedule: { id, job, runOn, timezone: zone } }: { readonly schedule: Schedule }) {
  const t = useTexts('schedule')
  const [range, setRange] = useState(() => ({ from: instant(Date.now() - 86_400_000), to: instant(Date.now()) }))
  const [found, setFound] = useState<Result | null>(null)
  const [result, setResult] = useState<Result | null>(null)
  const look = useDo('schedules.backfill', { after: setFound, quiet: true })
  if (runOn === 'every') return <p className="text-[13px] text-soft">{t('backfill.everyServer')}</p>

  const change = (part: Partial<typeof range>) => {
    setRange({ ...range, ...part })
    setFound(null)
    setResult(null)
    look.reset()
  }
  const preview = (event: FormEvent) => {
    event.preventDefault()
    setResult(null)
    look.mutate({ id, ...range, limit, dryRun: true })
  }
  const run = async () => {
    setResult(await perform('schedules.backfill', { id, ...range, limit }))
    setFound(null)
  }
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[23rem_minmax(0,1fr)]">
      <Card title={t('backfill.range')}>
        <form onSubmit={preview} className="space-y-4">
          <p className="text-[13px] text-soft">{t('backfill.text')}</p>
          <Field label={t('backfill.from')} help={t('backfill.zone', { zone })}>
            {(ids) => (
              <InstantInput {...ids} required zone={zone} value={range.from} onChange={(from) => change({ from })} />
            )}
          </Field>
          <Field label={t('backfill.to')} help={t('backfill.zone', { zone })}>
            {(ids) => <InstantInput {...ids} required zone={zone} value={range.to} onChange={(to) => change({ to })} />}
          </Field>
          <ErrorText error={look.error} />
          <Button type="submit" kind="primary" busy={look.isPending} icon={<Search className="size-4" aria-hidden />}>
            {t('backfill.preview')}
          </Button>
        </form>
      </Card>
      <Card
        title={result !== null ? t('backfill.done') : t('backfill.slotsIn', { zone })}
        actions={
          found !== null &&
          found.slots.length > 0 && (
            <Confirm
              title={t('backfill.ask', { count: found.slots.length })}
              text={t('backfill.askText', { count: found.slots.length, job })}
              action={t('backfill.run', { count: found.slots.length })}
              danger={false}
              onConfirm={run}
            >
              {(ask) => (
                <Button kind="primary" small onClick={ask}>
                  {t('backfill.run', { count: found.slots.length })}
                </Button>
              )}
            </Confirm>
          )
        }
      >
        <div className="min-h-60" aria-live="polite">
          {result !== null ? (
            <BackfillResult result={result} id={id} />
          ) : found !== null ? (
            <SlotList slots={found.slots} more={found.more} limit={limit} zone={zone} />
          ) : (
            <p className="text-[13px] text-faint">{t('backfill.notYet')}</p>
          )}
        </div>
      </Card>
    </div>
  )
}
