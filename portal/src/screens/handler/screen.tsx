import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { useMay } from '../../data/me.ts'
import { useRead } from '../../data/read.ts'
import { useUrlText } from '../../data/url.ts'
import { useTexts } from '../../lib/texts.ts'
import { Gone, isGone } from '../../ui/gone.tsx'
import { Loaded, Page } from '../../ui/page.tsx'
import { Badge } from '../../ui/state.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { KindBadge } from '../handlers/columns.tsx'
import { type Handler, kindOf } from '../handlers/kind.ts'
import { Actions } from './actions.tsx'
import { Edit } from './edit.tsx'
import { Overview } from './overview.tsx'
import { Try } from './try.tsx'
import { Versions } from './versions.tsx'

const all = ['overview', 'try', 'edit', 'versions'] as const
type Tab = (typeof all)[number]

/** One definition: what it is, how it does, and what it was. */
export default function Screen() {
  const t = useTexts('handler')
  const { id } = useParams({ strict: false }) as { readonly id: string }
  const query = useRead('handlers.get', { id }, { keep: false })
  const handler = query.data
  const crumbs = (
    <Link to="/handlers" className="rounded hover:text-ink hover:underline">
      {t('handlers')}
    </Link>
  )
  if (handler === undefined && isGone(query.error))
    return (
      <Gone
        id={id}
        title={t('gone.title')}
        text={t('gone.text')}
        crumbs={crumbs}
        to="/handlers"
        back={t('gone.back')}
      />
    )
  return (
    <Page
      title={id}
      crumbs={crumbs}
      lead={handler?.description ?? undefined}
      beside={
        handler && (
          <>
            <KindBadge kind={kindOf(handler)} text={t(`kind.${kindOf(handler)}`)} />
            {!handler.enabled && <Badge tone="warn">{t('disabled')}</Badge>}
          </>
        )
      }
      actions={handler && <Actions handler={handler} />}
    >
      <Loaded of={query} rows={8}>
        {(data) => <Parts key={id} handler={data} />}
      </Loaded>
    </Page>
  )
}

function Parts({ handler }: { readonly handler: Handler }) {
  const t = useTexts('handler')
  const navigate = useNavigate()
  const may = { try: useMay('jobs.create'), edit: useMay('handlers.put') }
  const [asked, setTab] = useUrlText('tab', 'overview')
  const stored = handler.version !== null
  const there: Readonly<Record<Tab, boolean>> = {
    overview: true,
    try: may.try,
    edit: stored && may.edit,
    versions: stored,
  }
  const tabs = all.filter((one) => there[one])
  const tab = tabs.find((one) => one === asked) ?? 'overview'
  return (
    <Tabs label={t('tabs')} value={tab} onChange={setTab} tabs={tabs.map((id) => ({ id, label: t(`tab.${id}`) }))}>
      {tab === 'overview' && <Overview handler={handler} />}
      {tab === 'try' && <Try handler={handler} />}
      {tab === 'edit' && (
        <div className="mt-4">
          <Edit id={handler.id} onDone={() => void navigate({ to: '/handlers/$id', params: { id: handler.id } })} />
        </div>
      )}
      {tab === 'versions' && <Versions handler={handler} />}
    </Tabs>
  )
}
