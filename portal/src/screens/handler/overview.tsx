import { Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import { filterWord } from 'rota/client'
import { useRead } from '../../data/read.ts'
import { useTexts } from '../../lib/texts.ts'
import { JsonTree } from '../../ui/json.tsx'
import { Card, Fact, Facts } from '../../ui/page.tsx'
import { At, Took } from '../../ui/time.tsx'
import { type Handler, kindOf } from '../handlers/kind.ts'
import { RequestCard } from './request-card.tsx'
import { SchemaCard } from './schema-card.tsx'
import { specOf } from './spec.ts'

export function Overview({ handler }: { readonly handler: Handler }) {
  const spec = specOf(handler)
  return (
    <div className="mt-4 grid items-start gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(18rem,2fr)]">
      <div className="min-w-0 space-y-4">
        {spec !== null && <RequestCard spec={spec} />}
        <SchemaCard handler={handler} />
      </div>
      <div className="min-w-0 space-y-4">
        <Origin handler={handler} />
        <Defaults handler={handler} />
      </div>
    </div>
  )
}

function Origin({ handler }: { readonly handler: Handler }) {
  const t = useTexts('handler')
  const { id, origin, version, owner, createdAt, updatedAt, local } = handler
  const { data } = useRead('workers.list', undefined)
  const workers = useMemo(
    () => data?.workers.filter(({ jobs }) => jobs.includes(id)).map(({ name }) => name),
    [data, id],
  )
  return (
    <Card title={t('about.title')}>
      <Facts>
        <Fact name={t('about.kind')}>{t(`kindText.${kindOf(handler)}`)}</Fact>
        <Fact name={t('about.origin')}>{t(`origin.${origin}`)}</Fact>
        {owner !== null && <Fact name={t('about.owner')}>{owner}</Fact>}
        {version !== null && <Fact name={t('about.version')}>{version}</Fact>}
        {createdAt !== null && (
          <Fact name={t('about.created')}>
            <At at={createdAt} />
          </Fact>
        )}
        {updatedAt !== null && (
          <Fact name={t('about.updated')}>
            <At at={updatedAt} />
          </Fact>
        )}
        <Fact name={t('about.workers')}>
          {workers === undefined ? (
            '…'
          ) : workers.length === 0 ? (
            <span className="text-warn">{t('about.noWorker')}</span>
          ) : (
            namesOf(workers, t)
          )}
        </Fact>
        {version === null && <Fact name={t('about.server')}>{t(local ? 'about.local' : 'about.remote')}</Fact>}
        <Fact name={t('about.jobs')}>
          <Link
            to="/jobs"
            search={{ filter: filterWord('job', id) } as never}
            className="rounded text-accent-ink underline underline-offset-2"
          >
            {t('about.jobsLink')}
          </Link>
        </Fact>
      </Facts>
    </Card>
  )
}

const mostNames = 5

function namesOf(workers: readonly string[], t: (key: string, values?: Record<string, unknown>) => string): string {
  const shown = workers.slice(0, mostNames).join(', ')
  return workers.length > mostNames ? `${shown} ${t('about.more', { count: workers.length - mostNames })}` : shown
}

function Defaults({ handler: { options, needsCode } }: { readonly handler: Handler }) {
  const t = useTexts('handler')
  const { metadata, unique } = options
  return (
    <Card title={t('options.title')}>
      <Facts>
        <Fact name={t('options.lane')}>{options.lane}</Fact>
        <Fact name={t('options.priority')}>{t(`priority.${options.priority}`)}</Fact>
        <Fact name={t('options.retries')}>{options.retries}</Fact>
        <Fact name={t('options.timeout')}>
          <Took ms={options.timeout} /> <span className="text-faint">· {t(`onTimeout.${options.onTimeout}`)}</span>
        </Fact>
        <Fact name={t('options.lapse')}>{t(`onLapse.${options.onLapse}`)}</Fact>
        <Fact name={t('options.expires')}>
          {options.expiresIn === null ? t('never') : <Took ms={options.expiresIn} />}
        </Fact>
        <Fact name={t('options.kept')}>
          {options.keepSucceeded === 0 ? t('none') : <Took ms={options.keepSucceeded} />} ·{' '}
          <Took ms={options.keepFailed} />
          <span className="block text-faint text-xs">{t('options.keptHelp')}</span>
        </Fact>
        {needsCode !== null && <Fact name={t('options.needsCode')}>{t('options.needsCodeText')}</Fact>}
      </Facts>
      {isSaid(unique) && <Tree name={t('options.unique')} value={unique} />}
      {isSaid(metadata) && <Tree name={t('options.metadata')} value={metadata} />}
    </Card>
  )
}

const isSaid = (value: unknown): boolean => typeof value === 'object' && value !== null && Object.keys(value).length > 0

const Tree = ({ name, value }: { readonly name: string; readonly value: unknown }) => (
  <div className="mt-3">
    <h3 className="mb-1 text-[13px] text-faint">{name}</h3>
    <JsonTree value={value} label={name} />
  </div>
)
