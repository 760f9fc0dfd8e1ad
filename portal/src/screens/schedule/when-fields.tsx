import { useTexts } from '../../lib/texts.ts'
import { Field, Select, TextInput } from '../../ui/form.tsx'
import { Segments } from '../../ui/segments.tsx'
import type { Draft, Kind } from './draft.ts'
import { InstantInput } from './instant-input.tsx'
import { Place } from './place.tsx'

export interface FieldsProps {
  readonly draft: Draft
  readonly change: (part: Partial<Draft>) => void
  /** What the server says of a field, or null. */
  readonly errorOf: (...names: string[]) => string | null
  /** A zone that exists: instants are entered by its clock. */
  readonly zone: string
}

const kinds: readonly Kind[] = ['natural', 'cron', 'interval', 'daily']
const zones = Intl.supportedValuesOf('timeZone')

/** When it runs. */
export function WhenFields(props: FieldsProps) {
  const { draft, change, errorOf } = props
  const t = useTexts('schedule')
  return (
    <div className="space-y-4">
      <Segments
        label={t('kind.label')}
        value={draft.kind}
        onChange={(kind) => change({ kind })}
        options={kinds.map((kind) => [kind, t(`kind.${kind}`)] as const)}
      />
      {draft.kind === 'interval' && <Interval {...props} />}
      {draft.kind === 'cron' && <Cron {...props} />}
      {draft.kind === 'natural' && (
        <Expression
          label={t('natural.label')}
          help={t('natural.help')}
          value={draft.natural}
          onChange={(natural) => change({ natural })}
          error={errorOf('when')}
        />
      )}
      {draft.kind === 'daily' && (
        <Expression
          label={t('daily.label')}
          help={t('daily.help')}
          value={draft.times}
          onChange={(times) => change({ times })}
          error={errorOf('when')}
        />
      )}
      <div>
        <Field label={t('zone.label')} help={t('zone.help')} error={errorOf('timezone')}>
          {(ids) => (
            <TextInput
              {...ids}
              list="schedule-zones"
              value={draft.timezone}
              onChange={(timezone) => change({ timezone })}
            />
          )}
        </Field>
        <datalist id="schedule-zones">
          <option value="UTC" />
          {zones.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
      </div>
    </div>
  )
}

interface ExpressionProps {
  readonly label: string
  readonly help: string
  readonly value: string
  readonly onChange: (value: string) => void
  readonly error: string | null
}

function Expression({ label, help, value, onChange, error }: ExpressionProps) {
  return (
    <div>
      <Field label={label} help={help} error={error}>
        {(ids) => <TextInput {...ids} mono required maxLength={500} value={value} onChange={onChange} />}
      </Field>
      {error !== null && <Place expression={value} message={error} />}
    </div>
  )
}

function Interval({ draft, change, errorOf, zone }: FieldsProps) {
  const t = useTexts('schedule')
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <Field label={t('interval.every')} help={t('durationHelp')} error={errorOf('when')}>
        {(ids) => <TextInput {...ids} mono required value={draft.every} onChange={(every) => change({ every })} />}
      </Field>
      <Field label={t('interval.anchor')} help={t('interval.anchorHelp', { zone })}>
        {(ids) => <InstantInput {...ids} zone={zone} value={draft.anchor} onChange={(anchor) => change({ anchor })} />}
      </Field>
    </div>
  )
}

function Cron({ draft, change, errorOf }: FieldsProps) {
  const t = useTexts('schedule')
  return (
    <div className="grid items-start gap-4 sm:grid-cols-[minmax(0,1fr)_11rem]">
      <Expression
        label={t('cron.label')}
        help={t('cron.help')}
        value={draft.cron}
        onChange={(cron) => change({ cron })}
        error={errorOf('when')}
      />
      <Field label={t('cron.dialect')} help={t(`cron.${draft.dialect}Help`)}>
        {(ids) => (
          <Select
            {...ids}
            value={draft.dialect}
            onChange={(dialect) => change({ dialect })}
            options={[
              ['vixie', t('cron.vixie')],
              ['quartz', t('cron.quartz')],
            ]}
          />
        )}
      </Field>
    </div>
  )
}
