import { useNavigate } from '@tanstack/react-router'
import { useMemo } from 'react'
import { type Output, useRead } from '../../data/read.ts'
import { useTexts } from '../../lib/texts.ts'
import { JobLink, shortId } from '../../ui/link.tsx'
import { Card, Loaded } from '../../ui/page.tsx'
import { Badge, StateBadge } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import type { Job } from '../jobs/job.ts'

type Link = Output<'jobs.links'>['parents'][number]

/** The jobs that have to end before it, and those that wait for it. */
export function Links({ job }: { readonly job: Job }) {
  const t = useTexts('job')
  const links = useRead('jobs.links', { id: job.id })
  return (
    <Loaded of={links} rows={4}>
      {({ parents, children }) => (
        <div className="space-y-4">
          <List title={t('links.parents')} none={t('links.noParents')} links={parents} />
          <List title={t('links.children')} none={t('links.noChildren')} links={children} />
        </div>
      )}
    </Loaded>
  )
}

interface ListProps {
  readonly title: string
  readonly none: string
  readonly links: readonly Link[]
}

const idOf = ({ job }: Link): string => job.id

function List({ title, none, links }: ListProps) {
  const t = useTexts('job')
  const navigate = useNavigate()
  const columns = useMemo<readonly Column<Link>[]>(
    () => [
      { id: 'state', head: t('links.state'), width: '7.5rem', cell: ({ job }) => <StateBadge state={job.state} /> },
      {
        id: 'job',
        head: t('links.job'),
        width: 'minmax(8rem,2fr)',
        cell: ({ job }) => <JobLink id={job.id}>{job.job}</JobLink>,
      },
      {
        id: 'id',
        head: t('links.id'),
        width: '9rem',
        from: 'md',
        cell: ({ job }) => <code className="font-mono text-[12px] text-soft">{shortId(job.id)}</code>,
      },
      {
        id: 'rule',
        head: t('links.rule'),
        width: 'minmax(8rem,2fr)',
        from: 'sm',
        cell: ({ onParentFail }) => <span className="text-soft">{t(`links.rules.${onParentFail}`)}</span>,
      },
      {
        id: 'open',
        head: t('links.holds'),
        width: '6.5rem',
        cell: ({ open }) =>
          open ? <Badge tone="warn">{t('links.open')}</Badge> : <span className="text-faint">{t('links.closed')}</span>,
      },
    ],
    [t],
  )
  return (
    <Card title={`${title}${links.length > 0 ? ` (${links.length})` : ''}`} flush>
      {links.length === 0 ? (
        <p className="px-4 py-3.5 text-[13px] text-soft">{none}</p>
      ) : (
        <Table
          label={title}
          columns={columns}
          rows={links}
          idOf={idOf}
          onOpen={({ job }) => void navigate({ to: '/jobs/$id', params: { id: job.id } })}
        />
      )}
    </Card>
  )
}
