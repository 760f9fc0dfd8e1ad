import { useTexts } from '../../lib/texts.ts'
import { durationText } from '../../lib/time.ts'
import { Copyable } from '../../ui/copy.tsx'
import { JsonTree } from '../../ui/json.tsx'
import { HandlerLink } from '../../ui/link.tsx'
import { Card, Fact, Facts } from '../../ui/page.tsx'
import { At } from '../../ui/time.tsx'
import { expressionOf, type Schedule, whenOf } from './model.ts'

/** All that counts for it, each rule in a line of words. */
export function Definition({ schedule }: { readonly schedule: Schedule }) {
  const t = useTexts('schedule')
  return (
    <div className="grid items-start gap-4 lg:grid-cols-2">
      <div className="min-w-0 space-y-4">
        <Card title={t('part.when')}>
          <Times schedule={schedule} />
        </Card>
        <Card title={t('part.policies')}>
          <Policies schedule={schedule} />
        </Card>
      </div>
      <div className="min-w-0 space-y-4">
        <Card title={t('definition.stored')}>
          <Stored schedule={schedule} />
        </Card>
        <Card title={t('input.label')}>
          {schedule.input === undefined ? (
            <p className="text-[13px] text-faint">{t('definition.noInput')}</p>
          ) : (
            <JsonTree label={t('input.label')} value={schedule.input} />
          )}
        </Card>
        <Card title={t('definition.options')}>
          {Object.keys(schedule.options as object).length === 0 ? (
            <p className="text-[13px] text-faint">{t('definition.noOptions')}</p>
          ) : (
            <JsonTree label={t('definition.options')} value={schedule.options} />
          )}
        </Card>
      </div>
    </div>
  )
}

interface Props {
  readonly schedule: Schedule
}

function Times({ schedule }: Props) {
  const t = useTexts('schedule')
  const { prose, timezone, dst, startsAt, endsAt, maxRuns, exclude, immediate, runs } = schedule
  const { gap, repeat } = dst as { readonly gap?: string; readonly repeat?: string }
  const when = whenOf(schedule)
  const expression = expressionOf(when)
  const anchor = when !== null && 'every' in when ? when.anchor : undefined
  return (
    <>
      <Facts>
        <Fact name={t('definition.prose')}>{prose}</Fact>
        {expression !== null && (
          <Fact name={t('definition.expression')}>
            <Copyable text={expression} />
          </Fact>
        )}
        {anchor !== undefined && (
          <Fact name={t('interval.anchor')}>
            <At at={anchor} />
          </Fact>
        )}
        {immediate && <Fact name={t('definition.immediate')}>{t('definition.immediateText')}</Fact>}
        <Fact name={t('zone.label')}>{timezone}</Fact>
        <Fact name={t('dst.gap')}>{t(`dst.gapHelp.${gap ?? 'usual'}`)}</Fact>
        <Fact name={t('dst.repeat')}>{t(`dst.repeatHelp.${repeat ?? 'usual'}`)}</Fact>
        <Fact name={t('window.startsAt')}>{startsAt === null ? t('definition.noStart') : <At at={startsAt} />}</Fact>
        <Fact name={t('window.endsAt')}>{endsAt === null ? t('definition.noEnd') : <At at={endsAt} />}</Fact>
        <Fact name={t('window.maxRuns')}>
          {maxRuns === null ? t('definition.anyRuns') : t('definition.runsOf', { runs, max: maxRuns })}
        </Fact>
      </Facts>
      {(exclude as unknown[]).length > 0 && (
        <div className="mt-3">
          <p className="mb-1 text-[13px] text-faint">{t('exclude.legend')}</p>
          <JsonTree label={t('exclude.legend')} value={exclude} />
        </div>
      )}
    </>
  )
}

function Policies({ schedule: { misfire, overlap, jitter, runOn } }: Props) {
  const t = useTexts('schedule')
  const late = typeof misfire === 'string' ? misfire : 'all'
  return (
    <Facts>
      <Fact name={t('misfire.legend')}>
        <Rule name={late}>
          {typeof misfire === 'string' ? t(`misfire.${late}Text`) : t('definition.all', { max: misfire.all.max })}
        </Rule>
      </Fact>
      <Fact name={t('overlap.legend')}>
        <Rule name={overlap}>{t(`overlap.${overlap}Text`)}</Rule>
      </Fact>
      <Fact name={t('runOn.legend')}>
        <Rule name={runOn}>{t(`runOn.${runOn}Text`)}</Rule>
      </Fact>
      <Fact name={t('jitter.legend')}>
        {jitter === null || jitter.max === 0
          ? t('definition.noJitter')
          : t('definition.jitter', { min: durationText(jitter.min || 0), max: durationText(jitter.max) })}
      </Fact>
    </Facts>
  )
}

const Rule = ({ name, children }: { readonly name: string; readonly children: React.ReactNode }) => (
  <>
    <code className="mr-1.5 rounded bg-hover px-1 py-px font-mono text-[12px]">{name}</code>
    {children}
  </>
)

function Stored({ schedule: { id, job, origin, changed, owner, createdAt, updatedAt } }: Props) {
  const t = useTexts('schedule')
  return (
    <Facts>
      <Fact name={t('basic.id')}>
        <Copyable text={id} />
      </Fact>
      <Fact name={t('overview.job')}>
        <HandlerLink id={job} />
      </Fact>
      <Fact name={t('definition.origin')}>{t(changed ? 'definition.changed' : `definition.${origin}`)}</Fact>
      <Fact name={t('overview.owner')}>{owner ?? t('none')}</Fact>
      <Fact name={t('definition.createdAt')}>
        <At at={createdAt} />
      </Fact>
      <Fact name={t('definition.updatedAt')}>
        <At at={updatedAt} />
      </Fact>
    </Facts>
  )
}
