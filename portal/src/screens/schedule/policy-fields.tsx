import { useTexts } from '../../lib/texts.ts'
import { Field, TextInput } from '../../ui/form.tsx'
import { Choice } from './choice.tsx'
import type { FieldsProps } from './when-fields.tsx'

/** What becomes of runs that are late, that overlap, and where they run. */
export function PolicyFields({ draft, change, errorOf }: FieldsProps) {
  const t = useTexts('schedule')
  const options = <T extends string>(policy: string, values: readonly T[]) =>
    values.map((value) => ({ value, name: t(`${policy}.${value}`), text: t(`${policy}.${value}Text`) }))
  return (
    <div className="space-y-5">
      <Choice
        legend={t('misfire.legend')}
        value={draft.misfire}
        onChange={(misfire) => change({ misfire })}
        options={options('misfire', ['once', 'skip', 'all'] as const)}
        error={errorOf('misfire')}
      >
        {draft.misfire === 'all' && (
          <Field label={t('misfire.max')} className="mt-2 max-w-52">
            {(ids) => (
              <TextInput
                {...ids}
                type="number"
                min={1}
                max={1000}
                required
                value={draft.misfireMax}
                onChange={(misfireMax) => change({ misfireMax })}
              />
            )}
          </Field>
        )}
      </Choice>
      <Choice
        legend={t('overlap.legend')}
        value={draft.overlap}
        onChange={(overlap) => change({ overlap })}
        options={options('overlap', ['allow', 'skip', 'queue', 'replace'] as const)}
        error={errorOf('overlap')}
      />
      <Choice
        legend={t('runOn.legend')}
        value={draft.runOn}
        onChange={(runOn) => change({ runOn })}
        options={options('runOn', ['one', 'every'] as const)}
        error={errorOf('runOn')}
      />
      <fieldset>
        <legend className="mb-1.5 font-medium text-[13px]">{t('jitter.legend')}</legend>
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label={t('jitter.min')}>
            {(ids) => (
              <TextInput
                {...ids}
                mono
                placeholder="0s"
                value={draft.jitterMin}
                onChange={(jitterMin) => change({ jitterMin })}
              />
            )}
          </Field>
          <Field label={t('jitter.max')} help={t('jitter.help')} error={errorOf('jitter')}>
            {(ids) => (
              <TextInput
                {...ids}
                mono
                placeholder="30s"
                value={draft.jitterMax}
                onChange={(jitterMax) => change({ jitterMax })}
              />
            )}
          </Field>
        </div>
      </fieldset>
    </div>
  )
}
