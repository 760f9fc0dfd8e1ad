import { useMemo } from 'react'
import { home } from '../../data/client.ts'
import { paused } from '../../data/live.ts'
import { type Output, useRead } from '../../data/read.ts'
import { useStore } from '../../data/store.ts'
import { useTexts } from '../../lib/texts.ts'
import { CodeBlock } from '../../ui/copy.tsx'
import { Card, Empty, Loaded, Page } from '../../ui/page.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Ago, Took } from '../../ui/time.tsx'
import { WorkerActions } from './actions.tsx'
import { Lanes, WorkerName, WorkerState } from './cells.tsx'
import { Knows } from './knows.tsx'

export type Worker = Output<'workers.list'>['workers'][number]

/** Milliseconds. That a worker was seen again is no change that the server tells of. */
const lookEvery = 5_000

export default function Screen() {
  const t = useTexts('workers')
  const held = useStore(paused)
  const workers = useRead('workers.list', undefined, held ? {} : { every: lookEvery })
  const columns = useMemo((): readonly Column<Worker>[] => {
    return [
      { id: 'name', head: t('name'), width: 'minmax(8rem,1.2fr)', cell: (worker) => <WorkerName worker={worker} /> },
      { id: 'state', head: t('state'), width: '7rem', from: 'sm', cell: (worker) => <WorkerState worker={worker} /> },
      {
        id: 'lanes',
        head: t('lanes'),
        width: 'minmax(9rem,2fr)',
        from: 'md',
        cell: (worker) => <Lanes worker={worker} />,
      },
      { id: 'knows', head: t('knows'), width: '5rem', cell: (worker) => <Knows worker={worker} /> },
      {
        id: 'started',
        head: t('started'),
        width: '6rem',
        from: 'lg',
        right: true,
        cell: ({ startedAt }) => <Ago at={startedAt} className="text-soft" />,
      },
      {
        id: 'seen',
        head: t('seen'),
        width: '6rem',
        from: 'lg',
        right: true,
        cell: ({ seenAt }) => <Ago at={seenAt} className="text-soft" />,
      },
      {
        id: 'lease',
        head: t('lease'),
        width: '4.5rem',
        from: 'xl',
        right: true,
        cell: (worker) => <Took ms={leaseOf(worker)} />,
      },
      {
        id: 'actions',
        head: <span className="sr-only">{t('actions')}</span>,
        width: '5.5rem',
        right: true,
        cell: (worker) => <WorkerActions worker={worker} />,
      },
    ]
  }, [t])
  return (
    <Page title={t('title')} lead={t('lead')}>
      <Card flush className="overflow-hidden">
        <Loaded of={workers} rows={4}>
          {({ workers: rows }) =>
            rows.length > 0 ? (
              <Table label={t('title')} columns={columns} rows={rows} idOf={idOf} rowHeight={60} />
            ) : (
              <Empty kind="nothing" title={t('nothing.title')}>
                <p className="mb-3">{t('nothing.text')}</p>
                <div className="space-y-3 text-left">
                  <CodeBlock text="npx rota worker" label={t('nothing.command')} />
                  <p>{t('nothing.remote')}</p>
                  <CodeBlock
                    text={`npx rota worker --url ${home.href.replace(/\/$/, '')}`}
                    label={t('nothing.command')}
                  />
                </div>
              </Empty>
            )
          }
        </Loaded>
      </Card>
    </Page>
  )
}

const idOf = ({ id }: Worker) => id

/** How long others wait for it when it is not seen, before they take over what it has. */
const leaseOf = ({ seenAt, leaseUntil }: Worker): number => new Date(leaseUntil).getTime() - new Date(seenAt).getTime()
