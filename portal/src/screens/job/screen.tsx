import { Link, useParams } from '@tanstack/react-router'
import { useMay } from '../../data/me.ts'
import { useRead } from '../../data/read.ts'
import { useUrlText } from '../../data/url.ts'
import { useTexts } from '../../lib/texts.ts'
import { Copyable } from '../../ui/copy.tsx'
import { Gone, isGone } from '../../ui/gone.tsx'
import { Loading, Page } from '../../ui/page.tsx'
import { Problem } from '../../ui/problem.tsx'
import { StateBadge } from '../../ui/state.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import type { Job } from '../jobs/job.ts'
import { Actions } from './actions.tsx'
import { Audit } from './audit.tsx'
import { Links } from './links.tsx'
import { Logs } from './logs.tsx'
import { Overview } from './overview.tsx'

/** One job: what it is, what happened to it, and what can be done. */
export default function Screen() {
  const t = useTexts('job')
  const { id } = useParams({ strict: false }) as { readonly id: string }
  const { data, error, dataUpdatedAt } = useRead('jobs.get', { id }, { keep: false })
  const crumbs = (
    <Link to="/jobs" className="rounded hover:text-ink hover:underline">
      {t('nav.jobs')}
    </Link>
  )
  if (isGone(error))
    return (
      <Gone id={id} title={t('gone.title')} text={t('gone.text')} crumbs={crumbs} to="/jobs" back={t('gone.back')} />
    )
  if (data === undefined)
    return (
      <Page title={t('title')} crumbs={crumbs}>
        {error === null ? <Loading rows={10} /> : <Problem error={error} />}
      </Page>
    )
  return (
    <Page
      title={data.job}
      beside={<StateBadge state={data.state} />}
      lead={<Copyable text={data.id} className="text-faint" />}
      crumbs={crumbs}
      actions={<Actions job={data} />}
    >
      <Parts key={id} job={data} readAt={dataUpdatedAt} />
    </Page>
  )
}

const tabs = ['overview', 'logs', 'links', 'audit'] as const
type Tab = (typeof tabs)[number]

function Parts({ job, readAt }: { readonly job: Job; readonly readAt: number }) {
  const t = useTexts('job')
  const [asked, setTab] = useUrlText('tab', 'overview')
  const mayAudit = useMay('audit.list')
  const seen = tabs.filter((one) => one !== 'audit' || mayAudit)
  const tab = seen.find((one) => one === asked) ?? 'overview'
  return (
    <Tabs<Tab>
      label={t('title')}
      value={tab}
      onChange={setTab}
      tabs={seen.map((one) => ({ id: one, label: t(`tab.${one}`) }))}
    >
      <div className="mt-4">
        {tab === 'overview' && <Overview job={job} />}
        {tab === 'logs' && <Logs job={job} readAt={readAt} />}
        {tab === 'links' && <Links job={job} />}
        {tab === 'audit' && <Audit job={job} />}
      </div>
    </Tabs>
  )
}
