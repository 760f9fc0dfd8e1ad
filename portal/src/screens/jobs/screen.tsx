import { useState } from 'react'
import { isRotaError } from 'rota/client'
import { useUrlText } from '../../data/url.ts'
import { useTexts } from '../../lib/texts.ts'
import { FilterField } from '../../ui/filter/field.tsx'
import { Page } from '../../ui/page.tsx'
import { JobList } from './list.tsx'
import { NewJob } from './new-job.tsx'
import { useJobPages } from './pages.ts'
import { StateTabs } from './state-tabs.tsx'
import { ViewsMenu } from './views-menu.tsx'

/** All jobs, newest first, of a filter that stands in the address. */
export default function Screen() {
  const t = useTexts('jobs')
  const [filter, apply] = useUrlText('filter')
  const [held, setHeld] = useState(false)
  const list = useJobPages(filter, held)
  const isWrong = isRotaError(list.error) && list.error.field === 'filter'
  return (
    <Page title={t('title')} lead={t('lead')} actions={<NewJob />}>
      <StateTabs filter={filter} onApply={apply}>
        <div className="my-3 flex flex-wrap items-start gap-2">
          <FilterField value={filter} onApply={apply} problem={isWrong ? (list.error?.message ?? null) : null} />
          <ViewsMenu filter={filter} onApply={apply} />
        </div>
        <section aria-label={t('title')} className="card overflow-hidden">
          <JobList filter={filter} list={list} isWrong={isWrong} onHold={setHeld} onClear={() => apply('')} />
        </section>
      </StateTabs>
    </Page>
  )
}
