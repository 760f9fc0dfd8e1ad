import { useTexts } from '../../lib/texts.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog, DialogActions } from '../../ui/dialog.tsx'
import type { Obstacle } from './saving.ts'

interface Props {
  readonly isNew: boolean
  readonly dirty: boolean
  readonly busy: boolean
  /** Why it cannot be saved yet. */
  readonly wrong: string | null
  /** What saving would overwrite: it asks first. */
  readonly obstacle: Obstacle | null
  readonly id: string
  readonly onDiscard: () => void
  readonly onSure: () => void
  readonly onBack: () => void
}

/** Always in sight: whether there is something to save, and the button that does it. */
export function SaveBar({ isNew, dirty, busy, wrong, obstacle, id, onDiscard, onSure, onBack }: Props) {
  const t = useTexts('schedule')
  return (
    <div className="sticky bottom-3 z-20 flex flex-wrap items-center gap-2 rounded-lg border border-line-strong bg-raised px-4 py-2.5 shadow-lg lg:col-span-2">
      <p className="min-w-0 flex-1 break-words text-[13px] text-soft" aria-live="polite">
        {dirty && wrong !== null ? wrong : dirty ? t('bar.dirty') : isNew ? t('bar.empty') : t('bar.clean')}
      </p>
      <Button disabled={!dirty || busy} onClick={onDiscard}>
        {t('bar.discard')}
      </Button>
      <Button kind="primary" type="submit" busy={busy} disabled={wrong !== null || !dirty}>
        {isNew ? t('bar.create') : t('save')}
      </Button>
      <Dialog
        open={obstacle !== null}
        onOpenChange={(open) => !open && onBack()}
        title={t(`obstacle.${obstacle ?? 'taken'}`, { id })}
        description={t(`obstacle.${obstacle ?? 'taken'}Text`, { id })}
      >
        <DialogActions>
          <Button onClick={onBack}>{t('obstacle.back')}</Button>
          <Button kind="danger" busy={busy} onClick={onSure}>
            {t('obstacle.sure')}
          </Button>
        </DialogActions>
      </Dialog>
    </div>
  )
}
