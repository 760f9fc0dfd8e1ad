import { type FormEvent, useState } from 'react'
import { useDo } from '../../data/read.ts'
import { useTexts } from '../../lib/texts.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog, DialogActions } from '../../ui/dialog.tsx'
import { Field, Select, TextInput } from '../../ui/form.tsx'
import { ErrorText } from '../../ui/problem.tsx'

const spans = ['', '15m', '1h', '4h', '1d', '7d', 'other'] as const
type Span = (typeof spans)[number]

/** Asks why, and for how long. */
export function PauseDialog({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const t = useTexts('schedule')
  const [reason, setReason] = useState('')
  const [span, setSpan] = useState<Span>('')
  const [other, setOther] = useState('2h')
  const pause = useDo('schedules.pause', { said: t('paused', { id }), after: onClose, quiet: true })
  const go = (event: FormEvent) => {
    event.preventDefault()
    const long = span === 'other' ? other.trim() : span
    pause.mutate({ id, ...(reason.trim() !== '' && { reason: reason.trim() }), ...(long !== '' && { for: long }) })
  }
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t('pauseDialog.title', { id })}
      description={t('pauseDialog.text')}
    >
      <form onSubmit={go} className="space-y-3.5">
        <Field label={t('pauseDialog.reason')} help={t('pauseDialog.reasonHelp')}>
          {(ids) => <TextInput {...ids} maxLength={500} value={reason} onChange={setReason} />}
        </Field>
        <Field label={t('pauseDialog.for')}>
          {(ids) => (
            <Select
              {...ids}
              value={span}
              onChange={setSpan}
              options={spans.map((one) => [one, t(`span.${one === '' ? 'open' : one}`)] as const)}
            />
          )}
        </Field>
        {span === 'other' && (
          <Field label={t('pauseDialog.other')} help={t('durationHelp')}>
            {(ids) => <TextInput {...ids} required mono value={other} onChange={setOther} />}
          </Field>
        )}
        <ErrorText error={pause.error} />
        <DialogActions>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button kind="primary" type="submit" busy={pause.isPending}>
            {t('pause')}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}
