import { lazy, Suspense } from 'react'
import { useUrlText } from '../../data/url.ts'
import { useTexts } from '../../lib/texts.ts'
import { Page } from '../../ui/page.tsx'
import { Segments } from '../../ui/segments.tsx'
import { Attention } from './attention.tsx'
import { useBeginning } from './beginning.ts'
import { Charts } from './charts.tsx'
import { DemoBanner } from './demo-banner.tsx'
import { Figures } from './figures.tsx'
import { Lists } from './lists.tsx'
import { rangeIds, rangeOf } from './ranges.ts'
import { useStats } from './stats.ts'

const FirstSteps = lazy(() => import('./first-steps.tsx')) // once in the life of a store

/** How it stands: what needs somebody, then how much is done and how fast, then what comes, runs and failed. */
export default function Screen() {
  const t = useTexts('overview')
  const [chosen, setChosen] = useUrlText('range', '1h')
  const range = rangeOf(chosen)
  const seen = useStats(range)
  const beginning = useBeginning()
  const options = rangeIds.map((id) => [id, t(`range.short.${id}`)] as const)
  return (
    <Page
      title={t('title')}
      actions={<Segments label={t('range.label')} value={range.id} onChange={setChosen} options={options} />}
    >
      <DemoBanner />
      <div className="grid gap-3 lg:grid-cols-2">
        <Attention settled={seen.now.isFetched} empty={beginning.shows === 'steps'} />
        <Figures seen={seen} />
      </div>
      {beginning.shows === 'steps' && (
        <Suspense fallback={<div className="min-h-[44rem]" />}>
          <FirstSteps beginning={beginning} />
        </Suspense>
      )}
      {beginning.shows === 'charts' && <Charts seen={seen} />}
      {beginning.shows === 'unknown' && <div className="min-h-[44rem]" />}
      <Lists />
    </Page>
  )
}
