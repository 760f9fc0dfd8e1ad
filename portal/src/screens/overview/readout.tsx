import { useStore } from '../../data/store.ts'
import { useTexts } from '../../lib/texts.ts'
import { absolute, useZone } from '../../lib/time.ts'
import { pointedOf } from '../../ui/chart.tsx'

export interface ReadoutProps {
  readonly group: string
  readonly times: readonly number[]
  readonly step: number
  readonly range: string
}

/** Of which time the values in the legends are: the moment that is pointed at, else all of it. */
export function Readout({ group, times, step, range }: ReadoutProps) {
  const t = useTexts('overview')
  const zone = useZone()
  const pointed = useStore(pointedOf(group))
  const from = pointed === null ? undefined : times[pointed]
  if (from === undefined)
    return <p className="text-faint text-xs">{t('readout.all', { range: t(`range.${range}`) })}</p>
  const until = absolute(from + step, zone, { seconds: false })
  const begin = absolute(from, zone, { seconds: false })
  const end = until.slice(0, 10) === begin.slice(0, 10) ? until.slice(11) : until
  return <p className="tabular font-medium text-xs">{t('readout.at', { from: begin, to: end, zone })}</p>
}
