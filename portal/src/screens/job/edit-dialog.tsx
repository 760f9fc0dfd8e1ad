import { useNavigate } from '@tanstack/react-router'
import { Suspense, useEffect, useState } from 'react'
import { etagOf, isRotaError } from 'rota/client'
import { cluster, rota } from '../../data/client.ts'
import { perform, useRead } from '../../data/read.ts'
import { useOnceKeys } from '../../lib/once-keys.ts'
import { useTexts } from '../../lib/texts.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog, DialogActions } from '../../ui/dialog.tsx'
import { Loading } from '../../ui/page.tsx'
import { PayloadForm } from '../../ui/payload-form.tsx'
import { ErrorText } from '../../ui/problem.tsx'
import { toast } from '../../ui/toast.ts'
import { isOver, type Job } from '../jobs/job.ts'

interface EditDialogProps {
  readonly job: Job
  readonly open: boolean
  readonly onClose: () => void
}

/** Another input: of a job that waits it is changed; in the place of one that is over a new one is stored. */
export function EditDialog({ job, open, onClose }: EditDialogProps) {
  const t = useTexts('job')
  const kind = isOver(job) ? 'again' : 'change'
  return (
    <Dialog
      open={open}
      onOpenChange={onClose}
      wide
      title={t(`edit.${kind}.title`)}
      description={t(`edit.${kind}.text`)}
    >
      {open && (
        <Suspense fallback={<Loading rows={4} />}>
          <Beginning id={job.id} onClose={onClose} />
        </Suspense>
      )}
    </Dialog>
  )
}

/** Begins with what is stored at this moment, and with its version: what somebody changes meanwhile is not lost unseen. */
function Beginning({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const [job, setJob] = useState<Job | null>(null)
  const [error, setError] = useState<unknown>(null)
  useEffect(() => {
    rota.jobs.get({ id }, { context: { cluster } }).then(setJob, setError)
  }, [id])
  const handler = useRead('handlers.get', { id: job?.job ?? '' }, { enabled: job !== null })
  if (error !== null) return <ErrorText error={error} />
  if (job === null || (handler.data === undefined && handler.error === null)) return <Loading rows={4} />
  return <Form job={job} schema={handler.data?.input ?? null} onClose={onClose} />
}

interface FormProps {
  readonly job: Job
  readonly schema: unknown
  readonly onClose: () => void
}

function Form({ job, schema, onClose }: FormProps) {
  const t = useTexts('job')
  const navigate = useNavigate()
  const [input, setInput] = useState<unknown>(job.input)
  const [problem, setProblem] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const keys = useOnceKeys()
  const kind = isOver(job) ? 'again' : 'change'
  const again = async () => {
    const { lane, priority, timeout, metadata } = job
    const options = { lane, priority, timeout, metadata, retries: Math.max(0, job.maxAttempts - 1) }
    const call = { job: job.job, ...(input !== undefined && { input }), ...options }
    const { id } = await perform('jobs.create', { ...call, idempotencyKey: keys.keyFor(call) })
    keys.done()
    void navigate({ to: '/jobs/$id', params: { id } })
  }
  const change = () => perform('jobs.update', { id: job.id, input: input ?? null }, { ifMatch: etagOf(job) })
  const go = async () => {
    setBusy(true)
    setError(null)
    try {
      await (kind === 'again' ? again() : change())
      toast.good(t(`edit.${kind}.done`))
      onClose()
    } catch (thrown) {
      setError(thrown)
    } finally {
      setBusy(false)
    }
  }
  return (
    <form
      className="space-y-4"
      onSubmit={(event) => {
        event.preventDefault()
        void go()
      }}
    >
      <PayloadForm
        label={t('input.title')}
        schema={schema}
        initial={job.input}
        onChange={setInput}
        onProblem={setProblem}
      />
      {isRotaError(error, 'changed_meanwhile') ? (
        <p role="alert" className="text-danger text-[13px]">
          {t('edit.changedMeanwhile')}
        </p>
      ) : (
        error !== null && <ErrorText error={error} />
      )}
      <DialogActions>
        <Button onClick={onClose}>{t('cancel')}</Button>
        <Button type="submit" kind="primary" busy={busy} disabled={problem !== null}>
          {t(`edit.${kind}.action`)}
        </Button>
      </DialogActions>
    </form>
  )
}
