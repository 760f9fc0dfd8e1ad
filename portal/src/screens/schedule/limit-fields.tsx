import { useTexts } from '../../lib/texts.ts'
import { Field, Select, TextInput } from '../../ui/form.tsx'
import { ExcludeFields } from './exclude-fields.tsx'
import { InstantInput } from './instant-input.tsx'
import type { FieldsProps } from './when-fields.tsx'

/** What limits it: a window, a number of runs, times that are left out, changes of the clock. */
export function LimitFields(props: FieldsProps) {
  const { draft, change, errorOf, zone } = props
  const t = useTexts('schedule')
  return (
    <div className="space-y-4">
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label={t('window.startsAt')} help={t('window.startsAtHelp', { zone })} error={errorOf('startsAt')}>
          {(ids) => (
            <InstantInput {...ids} zone={zone} value={draft.startsAt} onChange={(startsAt) => change({ startsAt })} />
          )}
        </Field>
        <Field label={t('window.endsAt')} help={t('window.endsAtHelp', { zone })} error={errorOf('endsAt')}>
          {(ids) => (
            <InstantInput {...ids} zone={zone} value={draft.endsAt} onChange={(endsAt) => change({ endsAt })} />
          )}
        </Field>
        <Field label={t('window.maxRuns')} help={t('window.maxRunsHelp')} error={errorOf('maxRuns')}>
          {(ids) => (
            <TextInput
              {...ids}
              type="number"
              min={1}
              step={1}
              value={draft.maxRuns}
              onChange={(maxRuns) => change({ maxRuns })}
            />
          )}
        </Field>
      </div>
      <ExcludeFields {...props} />
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label={t('dst.gap')} help={t(`dst.gapHelp.${draft.gap || 'usual'}`)} error={errorOf('gap')}>
          {(ids) => (
            <Select
              {...ids}
              value={draft.gap}
              onChange={(gap) => change({ gap })}
              options={(['', 'next', 'skip'] as const).map((one) => [one, t(`dst.gapName.${one || 'usual'}`)] as const)}
            />
          )}
        </Field>
        <Field label={t('dst.repeat')} help={t(`dst.repeatHelp.${draft.repeat || 'usual'}`)} error={errorOf('repeat')}>
          {(ids) => (
            <Select
              {...ids}
              value={draft.repeat}
              onChange={(repeat) => change({ repeat })}
              options={(['', 'first', 'last', 'both'] as const).map(
                (one) => [one, t(`dst.repeatName.${one || 'usual'}`)] as const,
              )}
            />
          )}
        </Field>
      </div>
    </div>
  )
}
