import { useState } from 'react'
import { useTexts } from '../lib/texts.ts'
import { Confirm, type ConfirmProps } from './dialog.tsx'
import { Field, TextInput } from './form.tsx'

export interface AskReasonProps extends Omit<ConfirmProps, 'fields' | 'onAsk' | 'onConfirm'> {
  /** @param reason undefined where none was given */
  readonly onConfirm: (reason: string | undefined) => Promise<unknown>
}

/** As `Confirm`, and asks why: others read it later. */
export function AskReason({ onConfirm, ...question }: AskReasonProps) {
  const t = useTexts('common')
  const [reason, setReason] = useState('')
  return (
    <Confirm
      {...question}
      onAsk={() => setReason('')}
      onConfirm={() => onConfirm(reason.trim() || undefined)}
      fields={
        <Field label={t('reason.label')} help={t('reason.help')}>
          {(ids) => <TextInput {...ids} maxLength={500} value={reason} onChange={setReason} />}
        </Field>
      }
    />
  )
}
