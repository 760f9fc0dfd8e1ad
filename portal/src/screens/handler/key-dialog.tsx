import { useTexts } from '../../lib/texts.ts'
import { Button } from '../../ui/button.tsx'
import { CodeBlock } from '../../ui/copy.tsx'
import { Dialog, DialogActions } from '../../ui/dialog.tsx'

/** The key that signs its requests; it cannot be shown again. @param signingKey null for closed */
export function KeyDialog({
  id,
  signingKey,
  onClose,
}: {
  readonly id: string
  readonly signingKey: string | null
  readonly onClose: () => void
}) {
  const t = useTexts('handler')
  return (
    <Dialog
      open={signingKey !== null}
      onOpenChange={(open) => !open && onClose()}
      title={t('key.title', { id })}
      description={t('key.text')}
    >
      <CodeBlock text={signingKey ?? ''} label={t('key.label')} />
      <p className="mt-3 text-[13px] text-soft">{t('key.use')}</p>
      <DialogActions>
        <Button kind="primary" onClick={onClose}>
          {t('key.done')}
        </Button>
      </DialogActions>
    </Dialog>
  )
}
