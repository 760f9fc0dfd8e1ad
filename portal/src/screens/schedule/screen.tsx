/** One schedule: what it does, what it did, and how to change it. */
import { useNavigate, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { useMay } from '../../data/me.ts'
import { useRead } from '../../data/read.ts'
import { useUrlText } from '../../data/url.ts'
import { useTexts } from '../../lib/texts.ts'
import { Gone, isGone } from '../../ui/gone.tsx'
import { Loaded, Page } from '../../ui/page.tsx'
import { ScheduleStateBadge } from '../../ui/schedule-state.tsx'
import { Badge } from '../../ui/state.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { HeadActions } from './actions.tsx'
import { Backfill } from './backfill.tsx'
import { Definition } from './definition.tsx'
import { draftOf } from './draft.ts'
import { Editor } from './editor.tsx'
import type { Schedule } from './model.ts'
import { MoreActions } from './more-actions.tsx'
import { Crumb } from './new-screen.tsx'
import { Overview } from './overview.tsx'
import { StateNote } from './state-note.tsx'

export default function Screen() {
  const { id } = useParams({ strict: false }) as { readonly id: string }
  const query = useRead('schedules.get', { id }, { keep: false })
  const schedule = query.data
  const t = useTexts('schedule')
  const crumbs = <Crumb />
  if (schedule === undefined && isGone(query.error))
    return (
      <Gone
        id={id}
        title={t('gone.title')}
        text={t('gone.text')}
        crumbs={crumbs}
        to="/schedules"
        back={t('gone.back')}
      />
    )
  return (
    <Page
      title={id}
      crumbs={crumbs}
      lead={schedule?.prose}
      beside={
        schedule && (
          <>
            <ScheduleStateBadge state={schedule.state} />
            <Badge tone={schedule.changed ? 'accent' : 'plain'}>
              {t(schedule.changed ? 'origin.changed' : `origin.${schedule.origin}`)}
            </Badge>
          </>
        )
      }
      actions={
        schedule && (
          <>
            <HeadActions schedule={schedule} />
            <MoreActions schedule={schedule} />
          </>
        )
      }
    >
      <Loaded of={query} rows={10}>
        {(data) => <Parts key={data.id} schedule={data} />}
      </Loaded>
    </Page>
  )
}

const all = ['overview', 'edit', 'backfill', 'definition'] as const
type Part = (typeof all)[number]

function Parts({ schedule }: { readonly schedule: Schedule }) {
  const t = useTexts('schedule')
  const [given, setTab] = useUrlText('tab', 'overview')
  const may = { edit: useMay('schedules.put'), backfill: useMay('schedules.backfill') }
  const tabs = all.filter((tab) => (tab !== 'edit' || may.edit) && (tab !== 'backfill' || may.backfill))
  const tab: Part = tabs.find((one) => one === given) ?? 'overview'
  return (
    <>
      <StateNote schedule={schedule} />
      <Tabs label={t('tabs')} tabs={tabs.map((id) => ({ id, label: t(`tab.${id}`) }))} value={tab} onChange={setTab}>
        <div className="pt-4">
          {tab === 'overview' && <Overview schedule={schedule} />}
          {tab === 'edit' && <Edit schedule={schedule} />}
          {tab === 'backfill' && <Backfill schedule={schedule} />}
          {tab === 'definition' && <Definition schedule={schedule} />}
        </div>
      </Tabs>
    </>
  )
}

/** The form keeps what it began with: what happens meanwhile does not change what somebody types. */
function Edit({ schedule }: { readonly schedule: Schedule }) {
  const navigate = useNavigate()
  const [{ base, initial }] = useState(() => ({ base: schedule, initial: draftOf(schedule) }))
  return (
    <Editor
      base={base}
      initial={initial}
      onSaved={({ id }) => void navigate({ to: '/schedules/$id', params: { id } })}
    />
  )
}
