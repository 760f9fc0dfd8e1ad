import { Toast } from '@base-ui/react/toast'
import { CircleAlert, CircleCheck, X } from 'lucide-react'
import { useTexts } from '../lib/texts.ts'
import { toasts } from './toast.ts'

/** Where the toasts are shown: over the middle of the top bar, where no button of a screen is; on a phone below it. */
export default function Toasts() {
  return (
    <Toast.Provider toastManager={toasts} limit={4}>
      <Toast.Portal>
        <Toast.Viewport className="fixed top-14 left-1/2 z-50 flex w-[min(26rem,calc(100vw-1.5rem))] -translate-x-1/2 flex-col gap-1.5 sm:top-1.5 lg:left-[calc(50%+6.5rem)]">
          <List />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  )
}

function List() {
  const t = useTexts('common')
  const { toasts: shown } = Toast.useToastManager()
  return shown.map((one) => (
    <Toast.Root
      key={one.id}
      toast={one}
      className="flex items-start gap-2.5 rounded-lg border border-line bg-raised px-3 py-2.5 shadow-lg"
    >
      {one.type === 'bad' ? (
        <CircleAlert className="mt-0.5 size-4 shrink-0 text-danger" aria-hidden />
      ) : (
        <CircleCheck className="mt-0.5 size-4 shrink-0 text-good" aria-hidden />
      )}
      <Toast.Title className="min-w-0 flex-1 break-words font-normal text-[13px]" render={<p />} />
      <Toast.Close aria-label={t('close')} className="rounded p-0.5 text-faint hover:text-ink">
        <X className="size-4" aria-hidden />
      </Toast.Close>
    </Toast.Root>
  ))
}
