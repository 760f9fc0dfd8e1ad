/** All schedules: as a table, or as the hours of the next days in which they run. */
import { Link } from '@tanstack/react-router'
import { CalendarDays, List, Plus } from 'lucide-react'
import { useMay } from '../../data/me.ts'
import { useUrlText } from '../../data/url.ts'
import { useTexts } from '../../lib/texts.ts'
import { buttonClass } from '../../ui/button.tsx'
import { Page } from '../../ui/page.tsx'
import { Segments } from '../../ui/segments.tsx'
import { Calendar } from './calendar.tsx'
import { ScheduleList } from './list.tsx'

export default function Screen() {
  const t = useTexts('schedules')
  const [view, setView] = useUrlText('view', 'table')
  return (
    <Page
      title={t('title')}
      lead={t('lead')}
      actions={
        <>
          <Segments
            label={t('view.label')}
            value={view === 'calendar' ? 'calendar' : 'table'}
            onChange={setView}
            options={[
              ['table', <ViewName key="table" Icon={List} text={t('view.table')} />],
              ['calendar', <ViewName key="calendar" Icon={CalendarDays} text={t('view.calendar')} />],
            ]}
          />
          <NewLink />
        </>
      }
    >
      {view === 'calendar' ? <Calendar /> : <ScheduleList />}
    </Page>
  )
}

const ViewName = ({ Icon, text }: { readonly Icon: typeof List; readonly text: string }) => (
  <>
    <Icon className="size-4" aria-hidden />
    {text}
  </>
)

export function NewLink() {
  const t = useTexts('schedules')
  if (!useMay('schedules.put')) return null
  return (
    <Link to="/schedules/+new" className={buttonClass('primary')}>
      <Plus className="size-4" aria-hidden />
      {t('new')}
    </Link>
  )
}
