import { KeyRound } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTexts } from '../../lib/texts.ts'
import { CodeBlock } from '../../ui/copy.tsx'
import { JsonTree } from '../../ui/json.tsx'
import { Card, Fact, Facts } from '../../ui/page.tsx'
import { Badge } from '../../ui/state.tsx'
import { Took } from '../../ui/time.tsx'
import type { Spec } from './spec.ts'

/** The request as people read it: what is sent where, what counts as a success, and what happens otherwise. */
export function RequestCard({ spec }: { readonly spec: Spec }) {
  const t = useTexts('handler')
  const secrets = spec.secretHeaders ?? []
  return (
    <Card title={t('request.title')}>
      <div className="mb-4 flex min-w-0 items-start gap-2.5">
        <Badge tone="accent" className="font-mono">
          {spec.method}
        </Badge>
        <code className="min-w-0 break-all pt-0.5 font-mono text-[13px]">{spec.url}</code>
      </div>
      <Pairs title={t('request.query')} values={Object.entries(spec.query)} />
      <Pairs title={t('request.headers')} values={Object.entries(spec.headers)} />
      {secrets.length > 0 && (
        <Part title={t('request.secrets')}>
          <ul className="flex flex-wrap gap-1.5">
            {secrets.map((name) => (
              <li key={name} className="min-w-0">
                <Badge className="max-w-full">
                  <KeyRound className="size-3 shrink-0" aria-hidden />
                  <span className="truncate font-mono">{name}</span>
                </Badge>
              </li>
            ))}
          </ul>
        </Part>
      )}
      <Body spec={spec} />
      <Part title={t('request.success')}>
        <Rules spec={spec} />
      </Part>
      <Part title={t('request.rest')}>
        <Facts>
          <Fact name={t('request.retry')}>{t(`retry.${spec.retry}`)}</Fact>
          <Fact name={t('request.redirects')}>
            {spec.redirects === 0 ? t('request.noRedirects') : t('request.upTo', { count: spec.redirects })}
          </Fact>
          <Fact name={t('request.async')}>
            {spec.async === undefined ? (
              t('request.sync')
            ) : (
              <>
                {t('request.later')} <Took ms={spec.async.deadline} />
              </>
            )}
          </Fact>
          <Fact name={t('request.breaker')}>
            {spec.breaker === false ? (
              t('breaker.off')
            ) : (
              <>
                {t('request.breakerText', { count: spec.breaker.failures })} <Took ms={spec.breaker.pause} />
              </>
            )}
          </Fact>
          <Fact name={t('request.limits')}>
            {t('request.limitsText', { read: bytes(spec.maxResponse), kept: spec.keepResponse.toLocaleString('en') })}
          </Fact>
          <Fact name={t('request.signing')}>{t('request.signed', { count: spec.signingKeys ?? 0 })}</Fact>
        </Facts>
      </Part>
    </Card>
  )
}

const bytes = (count: number): string =>
  count >= 1_048_576 ? `${+(count / 1_048_576).toFixed(1)} MiB` : `${+(count / 1024).toFixed(1)} KiB`

const Part = ({ title, children }: { readonly title: string; readonly children: ReactNode }) => (
  <div className="mt-4 border-line border-t pt-3">
    <h3 className="mb-1.5 font-medium text-[13px]">{title}</h3>
    {children}
  </div>
)

function Pairs({
  title,
  values,
}: {
  readonly title: string
  readonly values: readonly (readonly [string, unknown])[]
}) {
  if (values.length === 0) return null
  return (
    <Part title={title}>
      <dl className="grid grid-cols-[fit-content(40%)_minmax(0,1fr)] gap-x-4 gap-y-1 font-mono text-[12px]">
        {values.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="min-w-16 break-all text-faint">{name}</dt>
            <dd className="min-w-0 break-all">{String(value)}</dd>
          </div>
        ))}
      </dl>
    </Part>
  )
}

function Body({ spec: { body, contentType, method } }: { readonly spec: Spec }) {
  const t = useTexts('handler')
  const usual = ['POST', 'PUT', 'PATCH'].includes(method)
  if (body === undefined && !usual) return null
  return (
    <Part title={t('request.body')}>
      {body === undefined && <p className="text-[13px] text-soft">{t('request.inputAsBody')}</p>}
      {typeof body === 'string' && <CodeBlock text={body} label={t('request.body')} />}
      {body !== undefined && typeof body !== 'string' && <JsonTree value={body} label={t('request.body')} />}
      {contentType !== undefined && (
        <p className="mt-1.5 break-words font-mono text-[12px] text-faint">{contentType}</p>
      )}
    </Part>
  )
}

function Rules({ spec: { success } }: { readonly spec: Spec }) {
  const t = useTexts('handler')
  const code = (text: string) => (
    <code className="break-all rounded bg-hover px-1 py-0.5 font-mono text-[12px]">{text}</code>
  )
  return (
    <ul className="list-disc space-y-1 pl-5 text-[13px] text-soft">
      <li>
        {t('rule.status')} {code(success.status.join(', '))}
      </li>
      {success.bodyContains.map((text) => (
        <li key={text}>
          {t('rule.contains')} {code(text)}
        </li>
      ))}
      {success.bodyLacks.map((text) => (
        <li key={text}>
          {t('rule.lacks')} {code(text)}
        </li>
      ))}
      {success.json.map(({ path, equals }) => (
        <li key={path + JSON.stringify(equals)}>
          {t('rule.json')} {code(`${path} = ${JSON.stringify(equals)}`)}
        </li>
      ))}
    </ul>
  )
}
