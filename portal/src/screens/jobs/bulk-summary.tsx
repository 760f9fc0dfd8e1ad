import { type BulkResult, reasonsOf } from '../../data/bulk.ts'
import { useTexts } from '../../lib/texts.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog, DialogActions } from '../../ui/dialog.tsx'
import { JobLink } from '../../ui/link.tsx'

const shownOfEach = 10

/** What was done to how many, and why not to the others. */
export function BulkSummary({ result, onClose }: { readonly result: BulkResult | null; readonly onClose: () => void }) {
  const t = useTexts('jobs')
  if (result === null) return null
  const untried = result.asked - result.done.length - result.failed.length
  return (
    <Dialog open onOpenChange={onClose} wide title={t('bulk.summary.title', { act: t(`act.${result.act}`) })}>
      <ul className="space-y-1 text-[13px]">
        <li>{t('bulk.summary.done', { count: result.done.length })}</li>
        {result.failed.length > 0 && <li>{t('bulk.summary.failed', { count: result.failed.length })}</li>}
        {untried > 0 && <li>{t('bulk.summary.untried', { count: untried })}</li>}
      </ul>
      <ul className="mt-3 space-y-3">
        {reasonsOf(result).map(({ message, ids }) => (
          <li key={message} className="rounded-lg border border-line px-3 py-2">
            <p className="break-words text-[13px]">
              <span className="tabular font-semibold">{ids.length} × </span>
              {message}
            </p>
            <p className="mt-1 flex flex-wrap gap-x-3 gap-y-1">
              {ids.slice(0, shownOfEach).map((id) => (
                <JobLink key={id} id={id} />
              ))}
              {ids.length > shownOfEach && (
                <span className="text-faint text-xs">
                  {t('bulk.summary.more', { count: ids.length - shownOfEach })}
                </span>
              )}
            </p>
          </li>
        ))}
      </ul>
      <DialogActions>
        <Button onClick={onClose}>{t('close')}</Button>
      </DialogActions>
    </Dialog>
  )
}
