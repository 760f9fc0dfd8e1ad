import { useTexts } from '../../lib/texts.ts'
import { duration } from '../../lib/time.ts'
import { Fact, Facts, None } from '../../ui/page.tsx'
import { Badge } from '../../ui/state.tsx'
import { Ago } from '../../ui/time.tsx'
import type { System } from './checks.tsx'

const wide = 'grid-cols-[minmax(7rem,2fr)_3fr]!'

export function Server({
  system: { version, node, startedAt, storage, migrations, clock },
}: {
  readonly system: System
}) {
  const t = useTexts('settings')
  return (
    <Facts className={wide}>
      <Fact name={t('version')}>
        Rota {version} <span className="text-faint">· Node {node.replace(/^v/, '')}</span>
      </Fact>
      <Fact name={t('started')}>
        <Ago at={startedAt} />
      </Fact>
      <Fact name={t('storage')}>
        <code className="break-all font-mono text-[12px]">{storage.description}</code>
      </Fact>
      <Fact name={t('clock')}>{clock === null ? <None /> : t('skew', { skew: duration(Math.abs(clock.skewMs)) })}</Fact>
      <Fact name={t('migrations')}>
        <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
          {migrations.pending.length === 0 ? (
            <Badge tone="good">{t('applied', { count: migrations.applied.length })}</Badge>
          ) : (
            <Badge tone="bad">{t('pending', { count: migrations.pending.length })}</Badge>
          )}
        </span>
        <details className="mt-1.5">
          <summary className="w-fit rounded text-soft text-xs hover:text-ink">{t('which')}</summary>
          <ul className="mt-1 font-mono text-[12px] text-soft">
            {migrations.applied.map((name) => (
              <li key={name}>✓ {name}</li>
            ))}
            {migrations.pending.map((name) => (
              <li key={name} className="text-danger">
                ✗ {name}
              </li>
            ))}
          </ul>
        </details>
      </Fact>
    </Facts>
  )
}

export function Retention({ system: { retention } }: { readonly system: System }) {
  const t = useTexts('settings')
  const kept = ['succeeded', 'failed', 'skips', 'audit', 'idempotencyKeys'] as const
  return (
    <>
      <Facts className={wide}>
        {kept.map((name) => {
          const ms = retention[name]
          return (
            <Fact key={name} name={t(`kept.${name}`)}>
              {ms === null ? t('notKept') : duration(ms)}
            </Fact>
          )
        })}
      </Facts>
      <p className="mt-3 text-faint text-xs">{t('retentionNote')}</p>
    </>
  )
}

export function Defaults({ system: { defaults } }: { readonly system: System }) {
  const t = useTexts('settings')
  const { lane, priority, retries, timeout, expiresIn, lease, poll, payloadLimit } = defaults
  return (
    <>
      <Facts className={wide}>
        <Fact name={t('default.lane')}>{lane}</Fact>
        <Fact name={t('default.priority')}>{t(`priority.${priority}`)}</Fact>
        <Fact name={t('default.retries')}>{retries}</Fact>
        <Fact name={t('default.timeout')}>{duration(timeout)}</Fact>
        <Fact name={t('default.expiresIn')}>{expiresIn === null ? t('never') : duration(expiresIn)}</Fact>
        <Fact name={t('default.lease')}>{duration(lease)}</Fact>
        <Fact name={t('default.poll')}>{duration(poll)}</Fact>
        <Fact name={t('default.payloadLimit')}>{`${Math.round(payloadLimit / 1_024).toLocaleString()} KiB`}</Fact>
      </Facts>
      <p className="mt-3 text-faint text-xs">{t('defaultsNote')}</p>
    </>
  )
}
