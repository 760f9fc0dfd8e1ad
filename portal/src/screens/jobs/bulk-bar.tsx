import { CalendarClock, CircleStop, Play, RotateCcw, Trash2, X } from 'lucide-react'
import { type ReactNode, useRef, useState } from 'react'
import { type Act, type BulkResult, runBulk, type When } from '../../data/bulk.ts'
import { useMayCall } from '../../data/me.ts'
import { useTexts } from '../../lib/texts.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { Confirm } from '../../ui/dialog.tsx'
import { toast } from '../../ui/toast.ts'
import { BulkSummary } from './bulk-summary.tsx'
import { acts, type Job, mayAct } from './job.ts'
import { RescheduleDialog } from './reschedule-dialog.tsx'

const icons: Readonly<Record<Act, ReactNode>> = {
  retry: <RotateCcw className="size-3.5" aria-hidden />,
  run: <Play className="size-3.5" aria-hidden />,
  reschedule: <CalendarClock className="size-3.5" aria-hidden />,
  cancel: <CircleStop className="size-3.5" aria-hidden />,
  delete: <Trash2 className="size-3.5" aria-hidden />,
}

export interface BulkBarProps {
  readonly chosen: readonly Job[]
  readonly onClear: () => void
  /** Chooses others: those with which it did not go well. */
  readonly onChoose: (ids: ReadonlySet<string>) => void
  readonly onDeleted: (ids: ReadonlySet<string>) => void
}

/** What can be done with the jobs that are chosen: only what fits at least one of them, and it is done to those alone. */
export function BulkBar({ chosen, onClear, onChoose, onDeleted }: BulkBarProps) {
  const t = useTexts('jobs')
  const may = useMayCall()
  const [step, setStep] = useState<{ readonly act: Act; readonly ended: number; readonly of: number } | null>(null)
  const [result, setResult] = useState<BulkResult | null>(null)
  const [asking, setAsking] = useState(false)
  const stop = useRef<AbortController>(null)

  const go = async (act: Act, ids: readonly string[], when?: When) => {
    stop.current = new AbortController()
    setStep({ act, ended: 0, of: ids.length })
    const onStep = (ended: number) => setStep({ act, ended, of: ids.length })
    const ended = await runBulk({ act, ids, ...(when && { when }), signal: stop.current.signal, onStep })
    setStep(null)
    if (act === 'delete') onDeleted(new Set(ended.done))
    if (ended.done.length === ended.asked) {
      toast.good(t(`bulk.done.${act}`, { count: ended.asked }))
      onClear()
    } else {
      const done = new Set(ended.done)
      onChoose(new Set(ids.filter((id) => !done.has(id))))
      setResult(ended)
    }
  }
  const possible = acts
    .map((act) => ({ act, ids: chosen.filter((job) => mayAct(act, job)).map(({ id }) => id) }))
    .filter(({ act, ids }) => ids.length > 0 && may(`jobs.${act}`))
  const movable = possible.find(({ act }) => act === 'reschedule')?.ids ?? []
  return (
    <>
      {(chosen.length > 0 || step !== null) && (
        <section
          aria-label={t('bulk.label')}
          className="fixed inset-x-3 bottom-4 z-30 mx-auto flex w-fit max-w-[calc(100vw-1.5rem)] flex-wrap items-center gap-2 rounded-xl border border-line-strong bg-raised px-3 py-2 shadow-xl lg:left-52"
        >
          {step !== null ? (
            <Progress step={step} onStop={() => stop.current?.abort()} />
          ) : (
            <>
              <span className="tabular px-1 font-medium text-[13px]" role="status">
                {t('bulk.chosen', { count: chosen.length })}
              </span>
              {possible.map(({ act, ids }) =>
                act === 'reschedule' ? (
                  <Button key={act} small icon={icons[act]} onClick={() => setAsking(true)}>
                    <Label act={act} of={chosen.length} fit={ids.length} />
                  </Button>
                ) : (
                  <Confirm
                    key={act}
                    title={t(`bulk.title.${act}`, { count: ids.length })}
                    text={t(`bulk.text.${act}`, { count: ids.length })}
                    action={t(`act.${act}`)}
                    danger={act === 'delete' || act === 'cancel'}
                    onConfirm={async () => void go(act, ids)}
                  >
                    {(ask) => (
                      <Button small icon={icons[act]} onClick={ask}>
                        <Label act={act} of={chosen.length} fit={ids.length} />
                      </Button>
                    )}
                  </Confirm>
                ),
              )}
              <IconButton label={t('bulk.clear')} className="size-7" onClick={onClear}>
                <X className="size-4" aria-hidden />
              </IconButton>
            </>
          )}
        </section>
      )}
      <RescheduleDialog
        open={asking}
        onClose={() => setAsking(false)}
        count={movable.length}
        onChosen={async (when) => void go('reschedule', movable, when)}
      />
      <BulkSummary result={result} onClose={() => setResult(null)} />
    </>
  )
}

/** How many it is about, where it is not about all. */
function Label({ act, of, fit }: { readonly act: Act; readonly of: number; readonly fit: number }) {
  const t = useTexts('jobs')
  return (
    <>
      {t(`act.${act}`)}
      {fit < of && <span className="tabular rounded-full bg-hover px-1.5 text-[11px] leading-[18px]">{fit}</span>}
    </>
  )
}

function Progress({
  step,
  onStop,
}: {
  readonly step: { readonly act: Act; readonly ended: number; readonly of: number }
  readonly onStop: () => void
}) {
  const t = useTexts('jobs')
  const text = t('bulk.progress', { act: t(`act.${step.act}`), ended: step.ended, of: step.of })
  return (
    <>
      <span className="tabular px-1 text-[13px]">{text}</span>
      <span
        role="progressbar"
        aria-label={text}
        aria-valuemin={0}
        aria-valuemax={step.of}
        aria-valuenow={step.ended}
        className="h-1.5 w-40 overflow-hidden rounded-full bg-hover"
      >
        <span className="block h-full rounded-full bg-accent" style={{ width: `${(step.ended / step.of) * 100}%` }} />
      </span>
      <Button small onClick={onStop}>
        {t('bulk.stop')}
      </Button>
    </>
  )
}
