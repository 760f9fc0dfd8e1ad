import { Link, useNavigate } from '@tanstack/react-router'
import { Plus } from 'lucide-react'
import { useMemo } from 'react'
import { useMay } from '../../data/me.ts'
import { useRead } from '../../data/read.ts'
import { useUrlDraft, useUrlText } from '../../data/url.ts'
import { useTexts } from '../../lib/texts.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { FilterText } from '../../ui/filter-text.tsx'
import { Card, Empty, Loaded, Page } from '../../ui/page.tsx'
import { Table } from '../../ui/table.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { columnsOf } from './columns.tsx'
import { type Handler, kindOf, kinds } from './kind.ts'

const idOf = ({ id }: Handler) => id

function isFound({ id, description, owner, options }: Handler, words: readonly string[]): boolean {
  const all = [id, description, owner, options.lane].join('\n').toLowerCase()
  return words.every((word) => all.includes(word))
}

/** Everything that can be run. */
export default function Screen() {
  const t = useTexts('handlers')
  const may = useMay('handlers.put')
  const handlers = useRead('handlers.list', undefined)
  return (
    <Page title={t('title')} lead={t('lead')} actions={may && <NewLink />}>
      <Card flush>
        <Loaded of={handlers} rows={10}>
          {(data) => <List all={data.handlers} />}
        </Loaded>
      </Card>
    </Page>
  )
}

function NewLink() {
  const t = useTexts('handlers')
  return (
    <Link to="/handlers/+new" className={buttonClass('primary')}>
      <Plus className="size-4" aria-hidden />
      {t('new')}
    </Link>
  )
}

/** Which live workers have told that they can run a definition. */
function useWorkers(): ReadonlyMap<string, readonly string[]> | null {
  const { data } = useRead('workers.list', undefined)
  return useMemo(() => {
    if (data === undefined) return null
    const names = new Map<string, string[]>()
    for (const { name, jobs } of data.workers) for (const job of jobs) names.set(job, [...(names.get(job) ?? []), name])
    return names
  }, [data])
}

function List({ all }: { readonly all: readonly Handler[] }) {
  const t = useTexts('handlers')
  const navigate = useNavigate()
  const workers = useWorkers()
  const [kind, setKind] = useUrlText('kind', 'all')
  const [text, setText] = useUrlDraft('q')
  const columns = useMemo(() => columnsOf(t, workers), [t, workers])
  const words = useMemo(() => text.toLowerCase().split(/\s+/).filter(Boolean), [text])
  const fitting = useMemo(() => all.filter((one) => isFound(one, words)), [all, words])
  const shown = useMemo(
    () => (kind === 'all' ? fitting : fitting.filter((one) => kindOf(one) === kind)),
    [fitting, kind],
  )
  const countOf = (of: string) => fitting.filter((one) => of === 'all' || kindOf(one) === of).length
  const tabs = ['all', ...kinds].map((id) => ({ id, label: t(`kind.${id}`), count: countOf(id) }))
  if (all.length === 0)
    return (
      <Empty kind="nothing" title={t('empty.title')}>
        <p className="mb-4">{t('empty.text')}</p>
        <NewLink />
      </Empty>
    )
  return (
    <>
      <div className="p-3">
        <FilterText
          main
          live
          label={t('filter')}
          placeholder={t('filterHint')}
          value={text}
          onChange={setText}
          className="max-w-md"
        />
      </div>
      <Tabs label={t('kinds')} tabs={tabs} value={tabs.some(({ id }) => id === kind) ? kind : 'all'} onChange={setKind}>
        {shown.length === 0 ? (
          <Empty kind="hidden" title={t('hidden')}>
            <Button
              onClick={() =>
                void navigate({
                  to: '.',
                  search: ((before: object) => ({ ...before, q: undefined, kind: undefined })) as never,
                  replace: true,
                })
              }
            >
              {t('clearFilter')}
            </Button>
          </Empty>
        ) : (
          <Table
            label={t('title')}
            columns={columns}
            rows={shown}
            idOf={idOf}
            onOpen={({ id }) => void navigate({ to: '/handlers/$id', params: { id } })}
            rowHeight={52}
          />
        )}
      </Tabs>
    </>
  )
}
