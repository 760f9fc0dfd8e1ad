import { useBlocker } from '@tanstack/react-router'
import { useTexts } from '../lib/texts.ts'
import { Button } from './button.tsx'
import { Dialog, DialogActions } from './dialog.tsx'

/**
 * Asks before what was entered is lost by going elsewhere, also where the page itself is closed.
 * @param isDirty asked when somebody leaves
 */
export function LeaveGuard({ isDirty }: { readonly isDirty: () => boolean }) {
  const t = useTexts('common')
  const { status, proceed, reset } = useBlocker({
    shouldBlockFn: ({ current, next }) => {
      const tabOf = ({ search }: typeof current) => (search as { tab?: string }).tab
      return isDirty() && (current.pathname !== next.pathname || tabOf(current) !== tabOf(next))
    },
    enableBeforeUnload: isDirty,
    withResolver: true,
  })
  return (
    <Dialog
      open={status === 'blocked'}
      onOpenChange={(open) => !open && reset?.()}
      title={t('leave.title')}
      description={t('leave.text')}
    >
      <DialogActions>
        <Button onClick={() => reset?.()}>{t('leave.stay')}</Button>
        <Button kind="danger" onClick={() => proceed?.()}>
          {t('leave.go')}
        </Button>
      </DialogActions>
    </Dialog>
  )
}
