import { Link } from '@tanstack/react-router'
import type { Output } from '../../data/read.ts'
import { useTexts } from '../../lib/texts.ts'
import { absolute } from '../../lib/time.ts'
import { Fact, Facts } from '../../ui/page.tsx'
import { At } from '../../ui/time.tsx'

interface SlotListProps {
  readonly slots: readonly string[]
  /** There are more than one call takes. */
  readonly more: boolean
  readonly limit: number
  readonly zone: string
}

export function SlotList({ slots, more, limit, zone }: SlotListProps) {
  const t = useTexts('schedule')
  if (slots.length === 0) return <p className="text-[13px] text-soft">{t('backfill.nothing')}</p>
  return (
    <>
      <p className="mb-2 text-[13px]">
        {t('backfill.found', { count: slots.length })} <span className="text-faint">{t('backfill.ranStay')}</span>
      </p>
      {more && <p className="mb-2 text-[13px] text-warn">{t('backfill.more', { count: limit })}</p>}
      <ol
        tabIndex={0}
        aria-label={t('backfill.slots')}
        className="tabular grid max-h-96 grid-cols-[repeat(auto-fill,minmax(9.5rem,1fr))] gap-x-4 gap-y-1 overflow-y-auto rounded-md border border-line bg-canvas p-3 text-[13px]"
      >
        {slots.map((slot) => (
          <li key={slot}>
            <time dateTime={slot}>{absolute(slot, zone)}</time>
          </li>
        ))}
      </ol>
    </>
  )
}

interface BackfillResultProps {
  readonly result: Output<'schedules.backfill'>
  readonly id: string
}

export function BackfillResult({ result: { slots, stored, duplicates, refused }, id }: BackfillResultProps) {
  const t = useTexts('schedule')
  return (
    <div className="space-y-3 text-[13px]">
      <Facts className="tabular">
        <Fact name={t('backfill.count')}>{slots.length}</Fact>
        <Fact name={t('backfill.stored')}>{stored}</Fact>
        <Fact name={t('backfill.duplicates')}>
          {duplicates} <span className="text-faint">{t('backfill.duplicatesText')}</span>
        </Fact>
        <Fact name={t('backfill.refused')}>{refused.length}</Fact>
      </Facts>
      {refused.length > 0 && (
        <ul className="space-y-1 rounded-md bg-danger-soft p-3 text-danger">
          {refused.slice(0, 100).map(({ slot, message }) => (
            <li key={slot} className="break-words">
              <At at={slot} /> {message}
            </li>
          ))}
        </ul>
      )}
      <Link
        to="/jobs"
        search={{ filter: `schedule:${id}` } as never}
        className="rounded font-medium text-accent-ink underline underline-offset-2"
      >
        {t('backfill.jobs')}
      </Link>
    </div>
  )
}
