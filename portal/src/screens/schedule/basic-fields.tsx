import { useRead } from '../../data/read.ts'
import { useTexts } from '../../lib/texts.ts'
import { Field, TextInput } from '../../ui/form.tsx'
import { ScheduleLink } from '../../ui/link.tsx'
import type { Schedule } from './model.ts'
import type { FieldsProps } from './when-fields.tsx'

interface Props extends FieldsProps {
  readonly base: Schedule | null
  /** There is one of this id. */
  readonly isTaken: boolean
}

/** What it is called, what it runs, and whom to ask. */
export function BasicFields({ draft, change, errorOf, base, isTaken }: Props) {
  const t = useTexts('schedule')
  const { data } = useRead('handlers.list', undefined)
  const isKnown = draft.job.trim() === '' || (data?.handlers.some(({ id }) => id === draft.job.trim()) ?? true)
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      {base === null && (
        <div>
          <Field label={t('basic.id')} help={t('basic.idHelp')} error={errorOf('id')}>
            {(ids) => (
              <TextInput
                {...ids}
                required
                maxLength={200}
                pattern="[A-Za-z0-9@][A-Za-z0-9._:@\/\-]*"
                value={draft.id}
                onChange={(id) => change({ id })}
              />
            )}
          </Field>
          {isTaken && (
            <p className="mt-1 break-words text-warn text-xs">
              {t('basic.taken')} <ScheduleLink id={draft.id} />
            </p>
          )}
        </div>
      )}
      <div>
        <Field
          label={t('basic.job')}
          help={base?.origin === 'code' ? t('basic.jobOfCode') : isKnown ? t('basic.jobHelp') : t('basic.jobUnknown')}
          error={errorOf('job')}
        >
          {(ids) => (
            <TextInput
              {...ids}
              required
              maxLength={200}
              list="schedule-jobs"
              disabled={base?.origin === 'code'}
              value={draft.job}
              onChange={(job) => change({ job })}
            />
          )}
        </Field>
        <datalist id="schedule-jobs">
          {data?.handlers.map(({ id, description }) => (
            <option key={id} value={id}>
              {description}
            </option>
          ))}
        </datalist>
      </div>
      <Field label={t('basic.description')} help={t('basic.optional')} error={errorOf('description')}>
        {(ids) => (
          <TextInput
            {...ids}
            maxLength={500}
            value={draft.description}
            onChange={(description) => change({ description })}
          />
        )}
      </Field>
      <Field label={t('basic.owner')} help={t('basic.ownerHelp')} error={errorOf('owner')}>
        {(ids) => <TextInput {...ids} maxLength={200} value={draft.owner} onChange={(owner) => change({ owner })} />}
      </Field>
    </div>
  )
}
