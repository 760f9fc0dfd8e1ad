import { type FormEvent, type ReactNode, useState } from 'react'
import { useTexts } from '../lib/texts.ts'
import { Button } from './button.tsx'
import { Dialog, DialogActions } from './dialog.tsx'
import { Field, TextInput } from './form.tsx'
import { ErrorText } from './problem.tsx'

export interface AskReasonProps {
  /** The button that asks. */
  readonly children: (ask: () => void) => ReactNode
  readonly title: string
  /** What it means, in one or two sentences. */
  readonly text: ReactNode
  /** What the button says that does it. */
  readonly action: string
  readonly danger?: boolean
  /** @param reason undefined where none was given */
  readonly onConfirm: (reason: string | undefined) => Promise<unknown>
}

/** As `Confirm`, and asks why: others read it later. */
export function AskReason({ children, title, text, action, danger = true, onConfirm }: AskReasonProps) {
  const t = useTexts('common')
  const [open, setOpen] = useState(false)
  const [reason, setReason] = useState('')
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const go = async (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    setError(null)
    try {
      await onConfirm(reason.trim() || undefined)
      setOpen(false)
    } catch (thrown) {
      setError(thrown)
    } finally {
      setBusy(false)
    }
  }
  return (
    <>
      {children(() => {
        setError(null)
        setReason('')
        setOpen(true)
      })}
      <Dialog open={open} onOpenChange={setOpen} title={title} description={text}>
        <form onSubmit={(event) => void go(event)} className="space-y-3">
          <Field label={t('reason.label')} help={t('reason.help')}>
            {(ids) => <TextInput {...ids} maxLength={500} value={reason} onChange={setReason} />}
          </Field>
          {error !== null && <ErrorText error={error} />}
          <DialogActions>
            <Button onClick={() => setOpen(false)}>{t('cancel')}</Button>
            <Button type="submit" kind={danger ? 'danger' : 'primary'} busy={busy}>
              {action}
            </Button>
          </DialogActions>
        </form>
      </Dialog>
    </>
  )
}
