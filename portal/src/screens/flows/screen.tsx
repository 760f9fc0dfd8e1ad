import { useNavigate } from '@tanstack/react-router'
import { useMemo } from 'react'
import { type Output, useRead } from '../../data/read.ts'
import { useUrlChange, useUrlText } from '../../data/url.ts'
import { useTexts } from '../../lib/texts.ts'
import { Button } from '../../ui/button.tsx'
import { CodeBlock } from '../../ui/copy.tsx'
import { FilterText } from '../../ui/filter-text.tsx'
import { FlowStateBadge } from '../../ui/flow-state.tsx'
import { FlowLink, shortId } from '../../ui/link.tsx'
import { Card, Empty, Loaded, Page } from '../../ui/page.tsx'
import { Pager, usePages } from '../../ui/pager.tsx'
import { StateBar } from '../../ui/state-bar.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Ago } from '../../ui/time.tsx'

type Flow = Output<'flows.list'>['flows'][number]

const example = `await rota.flow('order', (f) => {
  const paid = f.job(charge, { amount: 30 })
  f.job(ship, { to: 'Ada' }, { after: paid })
})`

export default function Screen() {
  const t = useTexts('flows')
  const navigate = useNavigate()
  const [name] = useUrlText('name')
  const change = useUrlChange()
  const pages = usePages()
  const flows = useRead('flows.list', { ...(name !== '' && { name }), cursor: pages.cursor, limit: 50 })
  const columns = useMemo((): readonly Column<Flow>[] => {
    return [
      { id: 'name', head: t('name'), width: 'minmax(8rem,2fr)', cell: (flow) => <Name flow={flow} /> },
      { id: 'state', head: t('state'), width: '7rem', cell: (flow) => <FlowStateBadge state={flow.state} /> },
      {
        id: 'jobs',
        head: t('jobs'),
        width: 'minmax(9rem,2fr)',
        from: 'sm',
        cell: (flow) => <StateBar counts={flow.counts} />,
      },
      {
        id: 'id',
        head: t('id'),
        width: '9.5rem',
        from: 'lg',
        cell: ({ id }) => <code className="font-mono text-[12px] text-soft">{shortId(id)}</code>,
      },
      {
        id: 'enqueued',
        head: t('enqueued'),
        width: '6rem',
        from: 'md',
        right: true,
        cell: (flow) => <Ago at={flow.enqueuedAt} className="text-soft" />,
      },
    ]
  }, [t])
  const names = useMemo(() => [...new Set(flows.data?.flows.map((flow) => flow.name))].slice(0, 20), [flows.data])
  const clear = () => change({ name: '', cursor: '' })
  return (
    <Page title={t('title')} lead={t('lead')}>
      <FilterText
        main
        label={t('filter')}
        value={name}
        onChange={(next) => change({ name: next, cursor: '' })}
        suggestions={names}
        className="mb-3 w-full sm:w-80"
      />
      <Card flush className="overflow-hidden">
        <Loaded of={flows} rows={10}>
          {({ flows: rows, next }) =>
            rows.length > 0 ? (
              <>
                <Table
                  label={t('title')}
                  columns={columns}
                  rows={rows}
                  idOf={idOf}
                  rowHeight={52}
                  onOpen={({ id }) => void navigate({ to: '/flows/$id', params: { id } })}
                />
                <Pager pages={pages} next={next} />
              </>
            ) : name !== '' || pages.cursor !== undefined ? (
              <Empty kind="hidden" title={t('hidden.title')}>
                <p>{t('hidden.text')}</p>
                <Button className="mt-3" onClick={clear}>
                  {t('clearFilter')}
                </Button>
              </Empty>
            ) : (
              <Empty kind="nothing" title={t('nothing.title')}>
                <p className="mb-3">{t('nothing.text')}</p>
                <div className="text-left">
                  <CodeBlock text={example} label={t('nothing.example')} />
                </div>
              </Empty>
            )
          }
        </Loaded>
      </Card>
    </Page>
  )
}

const idOf = ({ id }: Flow) => id

function Name({ flow }: { readonly flow: Flow }) {
  return (
    <span className="block min-w-0">
      <span className="block truncate" title={flow.name}>
        <FlowLink id={flow.id}>{flow.name}</FlowLink>
      </span>
      <Ago at={flow.enqueuedAt} className="text-faint text-xs md:hidden" />
    </span>
  )
}
