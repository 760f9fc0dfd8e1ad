import { Ban, RotateCcw } from 'lucide-react'
import { useMay } from '../../data/me.ts'
import { useDo } from '../../data/read.ts'
import { useTexts } from '../../lib/texts.ts'
import { AskReason } from '../../ui/ask-reason.tsx'
import { Button } from '../../ui/button.tsx'
import { Confirm } from '../../ui/dialog.tsx'
import type { Flow } from './flow.ts'

/** What can be done with the flow as a whole, where it would change something. */
export function FlowActions({ flow: { id, name, counts } }: { readonly flow: Flow }) {
  const t = useTexts('flow')
  const mayCancel = useMay('flows.cancel')
  const mayRetry = useMay('flows.retry')
  const cancel = useDo('flows.cancel', { quiet: true, said: ({ changed }) => t('cancelled', { count: changed }) })
  const retry = useDo('flows.retry', { quiet: true, said: ({ changed }) => t('retried', { count: changed }) })
  const open = sum(counts, ['blocked', 'scheduled', 'ready', 'running'])
  const unsuccessful = sum(counts, ['failed', 'cancelled', 'expired'])
  return (
    <>
      {mayRetry && unsuccessful > 0 && (
        <Confirm
          title={t('retryTitle', { name })}
          text={t('retryText', { count: unsuccessful })}
          action={t('retry')}
          danger={false}
          onConfirm={() => retry.mutateAsync({ id })}
        >
          {(ask) => (
            <Button onClick={ask} icon={<RotateCcw className="size-3.5" aria-hidden />}>
              {t('retry')}
            </Button>
          )}
        </Confirm>
      )}
      {mayCancel && open > 0 && (
        <AskReason
          title={t('cancelTitle', { name })}
          text={t('cancelText', { count: open })}
          action={t('cancelFlow')}
          onConfirm={(reason) => cancel.mutateAsync({ id, ...(reason !== undefined && { reason }) })}
        >
          {(ask) => (
            <Button onClick={ask} icon={<Ban className="size-3.5" aria-hidden />}>
              {t('cancelFlow')}
            </Button>
          )}
        </AskReason>
      )}
    </>
  )
}

const sum = (counts: Flow['counts'], states: readonly (keyof Flow['counts'])[]): number =>
  states.reduce((all, state) => all + (counts[state] ?? 0), 0)
