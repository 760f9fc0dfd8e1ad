import { Dialog as Base } from '@base-ui/react/dialog'
import { X } from 'lucide-react'
import { type FormEvent, type ReactNode, useRef, useState } from 'react'
import { cx } from '../lib/cx.ts'
import { useTexts } from '../lib/texts.ts'
import { Button } from './button.tsx'
import { ErrorText } from './problem.tsx'

export interface DialogProps {
  readonly open: boolean
  readonly onOpenChange: (open: boolean) => void
  readonly title: ReactNode
  readonly description?: ReactNode
  readonly wide?: boolean
  readonly children: ReactNode
}

/** Something to be done before one goes on. Escape and a click beside it close it; the focus goes back to where it was. */
export function Dialog({ open, onOpenChange, title, description, wide = false, children }: DialogProps) {
  const t = useTexts('common')
  const content = useRef<HTMLDivElement>(null)
  return (
    <Base.Root open={open} onOpenChange={(next) => onOpenChange(next)}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-black/45" />
        <Base.Popup
          data-modal
          initialFocus={() => content.current?.querySelector<HTMLElement>('input,select,textarea,button') ?? true}
          className={cx(
            'fixed top-[8vh] left-1/2 z-40 flex max-h-[84vh] w-[calc(100vw-2rem)] -translate-x-1/2 flex-col rounded-xl border border-line bg-raised shadow-2xl',
            wide ? 'max-w-3xl' : 'max-w-md',
          )}
        >
          <div className="flex items-start gap-4 px-5 pt-4 pb-1">
            <div className="min-w-0 flex-1">
              <Base.Title className="break-words font-semibold text-base">{title}</Base.Title>
              {description !== undefined && (
                <Base.Description className="mt-1 break-words text-[13px] text-soft">{description}</Base.Description>
              )}
            </div>
            <Base.Close aria-label={t('close')} className="-mr-1 rounded p-1 text-faint hover:bg-hover hover:text-ink">
              <X className="size-4" aria-hidden />
            </Base.Close>
          </div>
          <div ref={content} className="min-h-0 overflow-y-auto px-5 pt-3 pb-5">
            {children}
          </div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  )
}

/** The row of buttons at the end of a dialog. */
export const DialogActions = ({ children }: { readonly children: ReactNode }) => (
  <div className="mt-5 flex flex-wrap justify-end gap-2">{children}</div>
)

export interface ConfirmProps {
  /** The button that asks. */
  readonly children: (ask: () => void) => ReactNode
  readonly title: string
  /** What it means, in one or two sentences. */
  readonly text: ReactNode
  /** What the button says that does it. */
  readonly action: string
  readonly danger?: boolean
  /** Fields between the question and the buttons. */
  readonly fields?: ReactNode
  /** Somebody asks: the fields begin anew. */
  readonly onAsk?: () => void
  readonly onConfirm: () => Promise<unknown>
}

/** Asks before something is done that cannot be taken back. */
export function Confirm({ children, title, text, action, danger = true, fields, onAsk, onConfirm }: ConfirmProps) {
  const t = useTexts('common')
  const [open, setOpen] = useState(false)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const go = async (event: FormEvent) => {
    event.preventDefault()
    event.stopPropagation() // it may stand in another form
    setBusy(true)
    setError(null)
    try {
      await onConfirm()
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
        onAsk?.()
        setOpen(true)
      })}
      {/* Whoever waits hears how it went. */}
      <Dialog open={open} onOpenChange={(next) => busy || setOpen(next)} title={title} description={text}>
        <form onSubmit={(event) => void go(event)} className="space-y-3">
          {fields}
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
