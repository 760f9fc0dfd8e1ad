import { useState } from 'react'
import type { When } from '../../data/bulk.ts'
import { useTexts } from '../../lib/texts.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog, DialogActions } from '../../ui/dialog.tsx'
import { ErrorText } from '../../ui/problem.tsx'
import { WhenField } from './when-field.tsx'

export interface RescheduleDialogProps {
  readonly open: boolean
  readonly onClose: () => void
  readonly count: number
  readonly onChosen: (when: When) => Promise<unknown>
}

/** Asks for another time, for one job or for several. */
export function RescheduleDialog({ open, onClose, count, onChosen }: RescheduleDialogProps) {
  const t = useTexts('jobs')
  return (
    <Dialog
      open={open}
      onOpenChange={onClose}
      title={t('reschedule.title', { count })}
      description={t('reschedule.text')}
    >
      {open && <Form onClose={onClose} onChosen={onChosen} />}
    </Dialog>
  )
}

function Form({ onClose, onChosen }: Pick<RescheduleDialogProps, 'onClose' | 'onChosen'>) {
  const t = useTexts('jobs')
  const [when, setWhen] = useState<When | null>({ in: '5m' })
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const go = async () => {
    if (when === null) return
    setBusy(true)
    try {
      await onChosen(when)
      onClose()
    } catch (thrown) {
      setError(thrown)
    } finally {
      setBusy(false)
    }
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        void go()
      }}
    >
      <WhenField onChange={setWhen} />
      {error !== null && (
        <div className="mt-3">
          <ErrorText error={error} />
        </div>
      )}
      <DialogActions>
        <Button onClick={onClose}>{t('cancel')}</Button>
        <Button type="submit" kind="primary" busy={busy} disabled={when === null}>
          {t('act.reschedule')}
        </Button>
      </DialogActions>
    </form>
  )
}
