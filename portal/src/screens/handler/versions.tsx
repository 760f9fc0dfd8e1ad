import { RotateCcw } from 'lucide-react'
import { useState } from 'react'
import { useMay } from '../../data/me.ts'
import { type Output, perform, useRead } from '../../data/read.ts'
import { useTexts } from '../../lib/texts.ts'
import { Button } from '../../ui/button.tsx'
import { Confirm } from '../../ui/dialog.tsx'
import { JsonTree } from '../../ui/json.tsx'
import { Card, Loaded } from '../../ui/page.tsx'
import { Badge } from '../../ui/state.tsx'
import { At } from '../../ui/time.tsx'
import { toast } from '../../ui/toast.ts'
import type { Handler } from '../handlers/kind.ts'
import { differences } from './diff.ts'
import { restoreOf } from './restore.ts'
import { takeSnapshot } from './snapshot.ts'
import type { Definition } from './spec.ts'

type Version = Output<'handlers.versions'>['versions'][number]

const atOnce = 20

/** What it was, newest first, with what each version changed. */
export function Versions({ handler }: { readonly handler: Handler }) {
  const t = useTexts('handler')
  const [limit, setLimit] = useState(atOnce)
  // One more than is shown: what the last one changed is told by the one before it.
  const query = useRead('handlers.versions', { id: handler.id, limit: Math.min(100, limit + 1) })
  return (
    <div className="mt-4 space-y-3">
      <Loaded of={query} rows={6}>
        {({ versions }) => (
          <>
            {versions.slice(0, limit).map((one, i) => (
              <VersionCard
                key={one.version}
                handler={handler}
                version={one}
                before={versions[i + 1]}
                isNewest={i === 0}
              />
            ))}
            {versions.length > limit && (
              <Button className="mx-auto" onClick={() => setLimit(limit + atOnce)}>
                {t('more')}
              </Button>
            )}
          </>
        )}
      </Loaded>
    </div>
  )
}

interface CardProps {
  readonly handler: Handler
  readonly version: Version
  readonly before: Version | undefined
  readonly isNewest: boolean
}

function VersionCard({ handler, version: one, before, isNewest }: CardProps) {
  const t = useTexts('handler')
  const may = useMay('handlers.put')
  const definition = one.definition as Definition | null
  const restore = async () => {
    const now = await takeSnapshot(handler.id)
    const { version } = await perform('handlers.put', restoreOf(now.handler, definition as Definition), {
      ifMatch: now.etag,
    })
    toast.good(t('versions.restored', { version: one.version, now: version }))
  }
  return (
    <Card
      title={
        <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
          {t('versions.version', { version: one.version })}
          {isNewest && <Badge tone="accent">{t('versions.now')}</Badge>}
          {!one.enabled && definition !== null && <Badge tone="warn">{t('disabled')}</Badge>}
          <span className="font-normal text-soft">
            <At at={one.at} /> {one.by !== null && t('versions.by', { by: one.by })}
          </span>
        </span>
      }
      actions={
        may &&
        !isNewest &&
        definition !== null && (
          <Confirm
            title={t('versions.restoreTitle', { version: one.version })}
            text={t('versions.restoreText')}
            action={t('versions.restore')}
            danger={false}
            onConfirm={restore}
          >
            {(ask) => (
              <Button
                small
                icon={<RotateCcw className="size-3.5" aria-hidden />}
                onClick={ask}
                aria-label={t('versions.restoreNamed', { version: one.version })}
              >
                {t('versions.restore')}
              </Button>
            )}
          </Confirm>
        )
      }
    >
      <Changes one={one} before={before} />
      {definition !== null && (
        <details className="mt-3">
          <summary className="rounded font-medium text-[13px] text-soft">{t('versions.whole')}</summary>
          <div className="mt-2">
            <JsonTree value={definition} label={t('versions.version', { version: one.version })} />
          </div>
        </details>
      )}
    </Card>
  )
}

/** What is compared: null is what was not said. */
function shape({ definition, enabled }: Version): object {
  const said = Object.entries((definition ?? {}) as object).filter(([, value]) => value !== null)
  return { enabled, ...Object.fromEntries(said) }
}

const mostRows = 100

function Changes({ one, before }: { readonly one: Version; readonly before: Version | undefined }) {
  const t = useTexts('handler')
  if (one.definition === null) return <p className="text-[13px] text-soft">{t('versions.removed')}</p>
  if (before === undefined || before.definition === null)
    return <p className="text-[13px] text-soft">{t('versions.first')}</p>
  const found = differences(shape(before), shape(one))
  if (found.length === 0) return <p className="text-[13px] text-soft">{t('versions.secretOnly')}</p>
  return (
    <section
      tabIndex={0}
      aria-label={t('versions.changes', { version: one.version })}
      className="overflow-x-auto outline-offset-2"
    >
      <table className="w-full min-w-96 table-fixed text-left text-[12px]">
        <thead>
          <tr className="text-faint">
            <th scope="col" className="w-1/4 pb-1 font-medium">
              {t('versions.place')}
            </th>
            <th scope="col" className="pb-1 font-medium">
              {t('versions.before')}
            </th>
            <th scope="col" className="pb-1 font-medium">
              {t('versions.after')}
            </th>
          </tr>
        </thead>
        <tbody className="align-top font-mono">
          {found.slice(0, mostRows).map(({ path, before: old, after: next }) => (
            <tr key={path} className="border-line border-t">
              <td className="break-all py-1.5 pr-3">{path}</td>
              <td className="break-all py-1.5 pr-3 text-danger">{old === null ? <Nothing /> : `− ${old}`}</td>
              <td className="break-all py-1.5 text-good">{next === null ? <Nothing /> : `+ ${next}`}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {found.length > mostRows && (
        <p className="mt-1 text-faint text-xs">{t('versions.moreChanges', { count: found.length - mostRows })}</p>
      )}
    </section>
  )
}

function Nothing() {
  const t = useTexts('handler')
  return <span className="font-sans text-faint">{t('versions.nothing')}</span>
}
