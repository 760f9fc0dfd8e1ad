/** Retries every failed job of a group: asks with their number, does it a few at a time, and tells how it went. */
import { useEffect, useRef, useState } from 'react'
import { type BulkResult, reasonsOf, runBulk } from '../../data/bulk.ts'
import { useTexts } from '../../lib/texts.ts'
import { count } from '../../lib/time.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog, DialogActions } from '../../ui/dialog.tsx'
import { ErrorText } from '../../ui/problem.tsx'
import type { Group } from './alike.ts'
import { idsOf, mostRetried } from './find.ts'

type Stage =
  | { readonly is: 'asking' }
  | { readonly is: 'finding' }
  | { readonly is: 'retrying'; readonly ended: number; readonly all: number }
  | { readonly is: 'over'; readonly result: BulkResult; readonly more: boolean }
  | { readonly is: 'failed'; readonly error: unknown }

export interface Wanted {
  readonly group: Group
  /** What finds its jobs. */
  readonly filter: string
  /** There may be more of them than were counted. */
  readonly more: boolean
}

/** It stands beside the list of groups: a group is gone as soon as its jobs run again. */
export function RetryAll({ wanted, onClose }: { readonly wanted: Wanted; readonly onClose: () => void }) {
  const { group, filter, more } = wanted
  const t = useTexts('failures')
  const [stage, setStage] = useState<Stage>({ is: 'asking' })
  const stop = useRef(new AbortController())
  useEffect(() => () => stop.current.abort(), [])
  const go = async () => {
    stop.current = new AbortController()
    const { signal } = stop.current
    setStage({ is: 'finding' })
    try {
      const found = await idsOf(group, filter, signal)
      const all = found.ids.length
      const tell = (ended: number) => setStage({ is: 'retrying', ended, all })
      tell(0)
      const result = await runBulk({ act: 'retry', ids: found.ids, signal, onStep: tell })
      setStage({ is: 'over', result, more: found.more })
    } catch (error) {
      setStage({ is: 'failed', error })
    }
  }
  const busy = stage.is === 'finding' || stage.is === 'retrying'
  const shown = t(more ? 'retry.atLeast' : 'retry.number', { count: group.count, shown: count(group.count) })
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (open) return
        if (stage.is === 'retrying') stop.current.abort()
        else onClose()
      }}
      title={stage.is === 'over' ? t('retry.over') : t('retry.title', { shown })}
      description={stage.is === 'asking' ? t('retry.text', { job: group.job, most: count(mostRetried) }) : undefined}
    >
      {busy && <Progress stage={stage} />}
      {stage.is === 'over' && <Summary result={stage.result} more={stage.more} />}
      {stage.is === 'failed' && <ErrorText error={stage.error} />}
      <DialogActions>
        {stage.is === 'retrying' ? (
          <Button onClick={() => stop.current.abort()}>{t('retry.stop')}</Button>
        ) : (
          <Button onClick={onClose}>{t(stage.is === 'over' ? 'close' : 'cancel')}</Button>
        )}
        {(stage.is === 'asking' || busy) && (
          <Button kind="primary" busy={busy} onClick={() => void go()}>
            {t('retry.action')}
          </Button>
        )}
      </DialogActions>
    </Dialog>
  )
}

function Progress({ stage }: { readonly stage: Stage }) {
  const t = useTexts('failures')
  const { ended, all } = stage.is === 'retrying' ? stage : { ended: 0, all: 0 }
  const percent = all === 0 ? 0 : (ended / all) * 100
  return (
    <div>
      <p className="tabular text-[13px] text-soft" role="status">
        {stage.is === 'finding' ? t('retry.finding') : t('retry.progress', { ended: count(ended), all: count(all) })}
      </p>
      <div
        role="progressbar"
        aria-label={t('retry.all')}
        aria-valuenow={Math.round(percent)}
        aria-valuemin={0}
        aria-valuemax={100}
        className="mt-2 h-2 overflow-hidden rounded-full bg-hover"
      >
        <div className="h-full rounded-full bg-accent" style={{ width: `${percent}%` }} />
      </div>
    </div>
  )
}

function Summary({ result, more }: { readonly result: BulkResult; readonly more: boolean }) {
  const t = useTexts('failures')
  const left = result.asked - result.done.length - result.failed.length
  return (
    <div className="space-y-1.5 text-[13px]" role="status">
      <p>
        {result.asked === 0
          ? t('retry.none')
          : t('retry.done', { count: result.done.length, shown: count(result.done.length) })}
      </p>
      {left > 0 && <p>{t('retry.left', { count: left, shown: count(left) })}</p>}
      {more && <p>{t('retry.more')}</p>}
      {reasonsOf(result)
        .slice(0, 5)
        .map(({ message, ids }) => (
          <p key={message} className="break-words rounded-md bg-danger-soft px-3 py-2 text-danger">
            {t('retry.refused', { count: ids.length, shown: count(ids.length), message })}
          </p>
        ))}
    </div>
  )
}
