import { useMemo } from 'react'
import { useSlowRead } from '../../data/slow.ts'
import { useUrlChange, useUrlText } from '../../data/url.ts'
import { useTexts } from '../../lib/texts.ts'
import { Button } from '../../ui/button.tsx'
import { FilterText } from '../../ui/filter-text.tsx'
import { Select } from '../../ui/form.tsx'
import { Card, Empty, Loaded, Page } from '../../ui/page.tsx'
import { Pager, usePages } from '../../ui/pager.tsx'
import { Entries } from './entries.tsx'

/** Milliseconds. The server tells of no change of the log itself. */
const lookEvery = 10_000

const spans: Readonly<Record<string, number>> = {
  '1h': 3_600_000,
  '24h': 86_400_000,
  '7d': 604_800_000,
  '30d': 2_592_000_000,
}
const outcomes = ['done', 'denied', 'failed'] as const

const actions = [
  'jobs.',
  'jobs.cancel',
  'jobs.retry',
  'jobs.update',
  'jobs.purge',
  'flows.',
  'schedules.',
  'lanes.',
  'workers.',
  'handlers.',
  'users.',
  'keys.',
  'auth.',
  'demo.',
]
const targets = ['job:', 'schedule:', 'lane:', 'worker:', 'handler:', 'user:', 'key:']

export default function Screen() {
  const t = useTexts('audit')
  const [actor] = useUrlText('actor')
  const [action] = useUrlText('action')
  const [target] = useUrlText('target')
  const [outcome] = useUrlText('outcome')
  const [span] = useUrlText('since')
  const change = useUrlChange()
  const filter = (values: Readonly<Record<string, string>>) => change({ ...values, cursor: '' })
  const pages = usePages()
  const since = useMemo(() => {
    const ms = spans[span]
    return ms === undefined ? undefined : new Date(Date.now() - ms).toISOString()
  }, [span])
  const isOutcome = (outcomes as readonly string[]).includes(outcome)
  const log = useSlowRead(
    'audit.list',
    {
      ...(actor !== '' && { actor }),
      ...(action !== '' && { action }),
      ...(target !== '' && { target }),
      ...(isOutcome && { outcome: outcome as (typeof outcomes)[number] }),
      ...(since !== undefined && { since }),
      ...(pages.cursor !== undefined && { cursor: Number(pages.cursor) }),
      limit: 50,
    },
    pages.cursor === undefined ? lookEvery : 0,
  )
  const filtered =
    actor !== '' || action !== '' || target !== '' || isOutcome || since !== undefined || pages.cursor !== undefined
  const actors = useMemo(
    () => [...new Set(log.data?.entries.map((entry) => entry.actor.name))].filter((name) => name !== ''),
    [log.data],
  )
  return (
    <Page title={t('title')} lead={t('lead')}>
      <div className="mb-3 grid grid-cols-2 gap-2 max-sm:[&>form]:col-span-2 lg:grid-cols-[1fr_1fr_1fr_10rem_10rem]">
        <FilterText
          main
          label={t('filterActor')}
          value={actor}
          onChange={(next) => filter({ actor: next })}
          suggestions={actors}
        />
        <FilterText
          label={t('filterAction')}
          value={action}
          onChange={(next) => filter({ action: next })}
          suggestions={actions}
        />
        <FilterText
          label={t('filterTarget')}
          value={target}
          onChange={(next) => filter({ target: next })}
          suggestions={targets}
        />
        <Select
          aria-label={t('outcome')}
          value={isOutcome ? outcome : ''}
          onChange={(next) => filter({ outcome: next })}
          options={[['', t('anyOutcome')], ...outcomes.map((one) => [one, t(`outcomes.${one}`)] as const)]}
        />
        <Select
          aria-label={t('since')}
          value={span in spans ? span : ''}
          onChange={(next) => filter({ since: next })}
          options={[['', t('anyTime')], ...Object.keys(spans).map((one) => [one, t(`spans.${one}`)] as const)]}
        />
      </div>
      <Card flush className="overflow-hidden">
        <Loaded of={log} rows={10}>
          {({ entries, next }) =>
            entries.length > 0 ? (
              <>
                <Entries entries={entries} onFilter={filter} />
                <Pager pages={pages} next={next} />
              </>
            ) : filtered ? (
              <Empty kind="hidden" title={t('hidden')}>
                <Button onClick={() => filter({ actor: '', action: '', target: '', outcome: '', since: '' })}>
                  {t('clearFilter')}
                </Button>
              </Empty>
            ) : (
              <Empty kind="nothing" title={t('nothing.title')}>
                {t('nothing.text')}
              </Empty>
            )
          }
        </Loaded>
      </Card>
    </Page>
  )
}
