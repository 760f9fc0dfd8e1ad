import { useTexts } from '../../lib/texts.ts'
import { absolute, useZone } from '../../lib/time.ts'
import { None } from '../../ui/page.tsx'
import { Countdown } from '../../ui/time.tsx'
import { Tip } from '../../ui/tip.tsx'
import type { Schedule } from './model.ts'

/** How long until its next run; the instant when it is pointed at. */
export function NextRun({ schedule: { nextAt } }: { readonly schedule: Pick<Schedule, 'nextAt'> }) {
  const t = useTexts('schedules')
  const zone = useZone()
  if (nextAt === null) return <None title={t('noNext')} />
  return (
    <Tip text={absolute(nextAt, zone, { withZone: true })}>
      <time dateTime={nextAt}>
        <Countdown to={nextAt} />
      </time>
    </Tip>
  )
}
