import { Link, useParams } from '@tanstack/react-router'
import { useEffect } from 'react'
import { useRead } from '../../data/read.ts'
import { useUrlText } from '../../data/url.ts'
import { later } from '../../lib/later.tsx'
import { useTexts } from '../../lib/texts.ts'
import { Copyable } from '../../ui/copy.tsx'
import { FlowStateBadge } from '../../ui/flow-state.tsx'
import { Select } from '../../ui/form.tsx'
import { Gone, isGone } from '../../ui/gone.tsx'
import { Card, Loading, Page } from '../../ui/page.tsx'
import { Problem } from '../../ui/problem.tsx'
import type { JobState } from '../../ui/state.tsx'
import { countedStates, StateBar } from '../../ui/state-bar.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { At } from '../../ui/time.tsx'
import { FlowActions } from './actions.tsx'
import type { Flow } from './flow.ts'
import { FlowList } from './list.tsx'

const Graph = later(() => import('./graph.tsx'))

/** Above so many jobs the list comes first. */
const drawnUpTo = 300

const isNarrow = (): boolean => matchMedia('(max-width: 767px)').matches

export default function Screen() {
  const t = useTexts('flow')
  const { id } = useParams({ strict: false }) as { id: string }
  const { data: flow, error } = useRead('flows.get', { id }, { keep: false })
  useEffect(() => {
    if (!isNarrow()) Graph.load() // beside the flow, of which nobody knows yet how large it is
  }, [])
  const crumbs = (
    <Link to="/flows" className="rounded hover:text-accent-ink hover:underline">
      {t('title')}
    </Link>
  )
  if (flow === undefined && isGone(error))
    return (
      <Gone id={id} title={t('gone.title')} text={t('gone.text')} crumbs={crumbs} to="/flows" back={t('gone.back')} />
    )
  if (flow === undefined)
    return (
      <Page title={t('one')} crumbs={crumbs}>
        {error === null ? (
          <Card flush className="overflow-hidden">
            <Loading rows={10} />
          </Card>
        ) : (
          <Problem error={error} />
        )}
      </Page>
    )
  return (
    <Page
      title={flow.name}
      beside={<FlowStateBadge state={flow.state} />}
      crumbs={crumbs}
      actions={<FlowActions flow={flow} />}
    >
      <Summary flow={flow} />
      <Views flow={flow} />
    </Page>
  )
}

function Summary({ flow: { id, counts, jobs, enqueuedAt } }: { readonly flow: Flow }) {
  const t = useTexts('flow')
  return (
    <Card className="mb-4">
      <div className="flex flex-wrap items-center gap-x-8 gap-y-3 text-[13px]">
        <StateBar counts={counts} className="min-w-52 flex-1 basis-64" />
        <span className="text-soft">{t('jobs', { count: jobs.length })}</span>
        <span className="text-soft">
          {t('enqueued')} <At at={enqueuedAt} className="text-ink" />
        </span>
        <span className="min-w-0 max-w-full">
          <Copyable text={id} />
        </span>
        <Link
          to="/jobs"
          search={{ filter: `flow:${id}` } as never}
          className="rounded text-accent-ink underline-offset-2 hover:underline"
        >
          {t('openInJobs')}
        </Link>
      </div>
    </Card>
  )
}

function Views({ flow }: { readonly flow: Flow }) {
  const t = useTexts('flow')
  const large = flow.jobs.length > drawnUpTo
  const [view, setView] = useUrlText('view', large || isNarrow() ? 'list' : 'drawing')
  const [state, setState] = useUrlText('state')
  const shown = view === 'drawing' ? 'drawing' : 'list'
  const states = countedStates(flow.counts)
  const chosen = states.some(([one]) => one === state) ? (state as JobState) : ''
  return (
    <Card flush className="overflow-hidden">
      <Tabs
        label={t('views')}
        tabs={[
          { id: 'drawing', label: t('drawing') },
          { id: 'list', label: t('list'), count: flow.jobs.length },
        ]}
        value={shown}
        onChange={setView}
      >
        {shown === 'drawing' ? (
          <>
            <Graph flow={flow} waiting={<Waiting />} />
            <Legend flow={flow} />
          </>
        ) : (
          <>
            <div className="border-line border-b px-4 py-2.5">
              <Select
                aria-label={t('onlyState')}
                value={chosen}
                onChange={setState}
                className="max-w-60"
                options={[
                  ['', t('allStates')],
                  ...states.map(([one, n]) => [one, `${t(`state.${one}`)} (${n})`] as const),
                ]}
              />
            </div>
            <FlowList flow={flow} state={chosen} />
          </>
        )}
      </Tabs>
    </Card>
  )
}

/** The room that the drawing takes. */
const Waiting = () => (
  <div className="h-[max(24rem,calc(100vh-22rem))]">
    <Loading />
  </div>
)

/** What the lines mean, as far as there are such. */
function Legend({ flow: { edges } }: { readonly flow: Flow }) {
  const t = useTexts('flow')
  const rules = (['run', 'wait'] as const).filter((rule) => edges.some(({ onParentFail }) => onParentFail === rule))
  return (
    <div className="space-y-0.5 border-line border-t px-4 py-2.5 text-faint text-xs">
      <p>{t('legend.lines')}</p>
      {rules.map((rule) => (
        <p key={rule}>
          <span className="text-warn">{t(`edge.${rule}`)}</span>: {t(`legend.${rule}`)}
        </p>
      ))}
    </div>
  )
}
