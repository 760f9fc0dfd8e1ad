import { useMemo } from 'react'
import { useRead } from '../../data/read.ts'
import { useUrlDraft } from '../../data/url.ts'
import { useTexts } from '../../lib/texts.ts'
import { Button } from '../../ui/button.tsx'
import { CodeBlock } from '../../ui/copy.tsx'
import { FilterText } from '../../ui/filter-text.tsx'
import { Card, Empty, Loaded, None, Page } from '../../ui/page.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Ago } from '../../ui/time.tsx'
import { LaneActions } from './actions.tsx'
import { atMost, Figure, LaneName, LaneState, Running } from './cells.tsx'
import type { Lane } from './lane.ts'

const example = `createRota({ lanes: { default: 16, mail: 4 } })`

export default function Screen() {
  const t = useTexts('lanes')
  const [name, setName] = useUrlDraft('name')
  const lanes = useRead('lanes.list', undefined)
  const columns = useMemo((): readonly Column<Lane>[] => {
    return [
      { id: 'name', head: t('name'), width: 'minmax(8rem,1.2fr)', cell: (lane) => <LaneName lane={lane} /> },
      {
        id: 'state',
        head: t('state'),
        width: 'minmax(11rem,2fr)',
        from: 'sm',
        cell: (lane) => <LaneState lane={lane} />,
      },
      {
        id: 'waiting',
        head: t('waiting'),
        width: '4.5rem',
        right: true,
        cell: (lane) => <Figure lane={lane} of="ready" n={lane.waiting} />,
      },
      {
        ...{ id: 'oldest', head: t('oldest'), width: '6rem', from: 'lg', right: true },
        cell: ({ oldestDueAt }) => (oldestDueAt === null ? <None /> : <Ago at={oldestDueAt} className="text-soft" />),
      },
      {
        id: 'scheduled',
        head: t('scheduled'),
        width: '5rem',
        from: 'lg',
        right: true,
        cell: (lane) => <Figure lane={lane} of="scheduled" n={lane.scheduled} />,
      },
      {
        id: 'running',
        head: t('running'),
        width: 'minmax(8rem,1.2fr)',
        from: 'md',
        cell: (lane) => <Running lane={lane} />,
      },
      {
        id: 'workers',
        head: t('workers'),
        width: '4.5rem',
        from: 'lg',
        right: true,
        cell: ({ workers }) => <span className="tabular">{workers}</span>,
      },
      {
        id: 'actions',
        head: <span className="sr-only">{t('actions')}</span>,
        width: '6.5rem',
        right: true,
        cell: (lane) => <LaneActions lane={lane} />,
      },
    ]
  }, [t])
  return (
    <Page title={t('title')} lead={t('lead', { most: atMost })}>
      <FilterText main live label={t('filter')} value={name} onChange={setName} className="mb-3 w-full sm:w-80" />
      <Card flush className="overflow-hidden">
        <Loaded of={lanes} rows={5}>
          {({ lanes: all }) => {
            const rows = all.filter((lane) => lane.name.toLowerCase().includes(name.trim().toLowerCase()))
            if (rows.length > 0)
              return <Table label={t('title')} columns={columns} rows={rows} idOf={idOf} rowHeight={60} />
            return all.length > 0 ? (
              <Empty kind="hidden" title={t('hidden')}>
                <Button onClick={() => setName('')}>{t('clearFilter')}</Button>
              </Empty>
            ) : (
              <Empty kind="nothing" title={t('nothing.title')}>
                <p className="mb-3">{t('nothing.text')}</p>
                <div className="text-left">
                  <CodeBlock text={example} label={t('nothing.example')} />
                </div>
              </Empty>
            )
          }}
        </Loaded>
      </Card>
    </Page>
  )
}

const idOf = ({ name }: Lane) => name
