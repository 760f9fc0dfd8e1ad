import { useState } from 'react'
import { useRead } from '../../data/read.ts'
import { useTexts } from '../../lib/texts.ts'
import { durationText } from '../../lib/time.ts'
import { CheckBox, Field, Select, TextInput } from '../../ui/form.tsx'
import { PayloadForm } from '../../ui/payload-form.tsx'
import type { FieldsProps } from './when-fields.tsx'

interface Props extends FieldsProps {
  readonly isNew: boolean
  readonly onProblem: (problem: string | null) => void
}

/** What each run gets, and the options of its jobs. */
export function JobFields({ draft, change, errorOf, isNew, onProblem }: Props) {
  const t = useTexts('schedule')
  const { data } = useRead('handlers.list', undefined)
  const handler = data?.handlers.find(({ id }) => id === draft.job.trim())
  const [wanted, setWanted] = useState<boolean | null>(null)
  const hasInput = wanted ?? (draft.input !== undefined || (isNew && needsInput(handler?.input)))
  const toggle = (on: boolean) => {
    setWanted(on)
    if (on) return
    change({ input: undefined })
    onProblem(null)
  }
  const usual = handler?.options
  const others = Object.keys(draft.others)
  const placeholder = (value: unknown) => (value === undefined ? undefined : t('options.usual', { value }))
  return (
    <div className="space-y-4">
      <CheckBox label={t('input.wants')} checked={hasInput} onChange={toggle} />
      {hasInput && (
        <PayloadForm
          key={data === undefined ? '' : (handler?.id ?? '?')}
          label={t('input.label')}
          schema={handler?.input ?? null}
          initial={draft.input}
          onChange={(input) => change({ input })}
          onProblem={onProblem}
        />
      )}
      {errorOf('input') !== null && <p className="break-words text-danger text-xs">{errorOf('input')}</p>}
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label={t('options.priority')} error={errorOf('priority')}>
          {(ids) => (
            <Select
              {...ids}
              value={draft.priority}
              onChange={(priority) => change({ priority })}
              options={[
                [
                  '',
                  usual === undefined
                    ? t('options.byDefinition')
                    : t('options.usual', { value: t(`priority.${usual.priority}`) }),
                ],
                ...(['critical', 'high', 'medium', 'low', 'veryLow'] as const).map(
                  (one) => [one, t(`priority.${one}`)] as const,
                ),
              ]}
            />
          )}
        </Field>
        <Field label={t('options.lane')} error={errorOf('lane')}>
          {(ids) => (
            <TextInput
              {...ids}
              placeholder={placeholder(usual?.lane)}
              value={draft.lane}
              onChange={(lane) => change({ lane })}
            />
          )}
        </Field>
        <Field label={t('options.retries')} error={errorOf('retries')}>
          {(ids) => (
            <TextInput
              {...ids}
              type="number"
              min={0}
              max={1000}
              placeholder={placeholder(usual?.retries)}
              value={draft.retries}
              onChange={(retries) => change({ retries })}
            />
          )}
        </Field>
        <Field label={t('options.timeout')} help={t('durationHelp')} error={errorOf('timeout')}>
          {(ids) => (
            <TextInput
              {...ids}
              mono
              placeholder={usual && placeholder(durationText(usual.timeout))}
              value={draft.timeout}
              onChange={(timeout) => change({ timeout })}
            />
          )}
        </Field>
      </div>
      {others.length > 0 && <p className="text-faint text-xs">{t('options.kept', { names: others.join(', ') })}</p>}
    </div>
  )
}

/** Whether a schema is known that takes no absent input. */
const needsInput = (schema: unknown): boolean => typeof schema === 'object' && schema !== null && !('default' in schema)
