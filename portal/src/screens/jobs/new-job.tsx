import { useNavigate } from '@tanstack/react-router'
import { Plus } from 'lucide-react'
import { Suspense, useState } from 'react'
import type { When } from '../../data/bulk.ts'
import { useMay } from '../../data/me.ts'
import { type Input, type Output, perform, useRead } from '../../data/read.ts'
import { useOnceKeys } from '../../lib/once-keys.ts'
import { useTexts } from '../../lib/texts.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog, DialogActions } from '../../ui/dialog.tsx'
import { Field, Select, TextInput } from '../../ui/form.tsx'
import { Empty, Loaded, Loading } from '../../ui/page.tsx'
import { PayloadForm } from '../../ui/payload-form.tsx'
import { ErrorText } from '../../ui/problem.tsx'
import { toast } from '../../ui/toast.ts'
import { type Priority, priorities } from './job.ts'
import { WhenField } from './when-field.tsx'

type Handler = Output<'handlers.list'>['handlers'][number]

/** The button, and the dialog behind it that stores a job. */
export function NewJob() {
  const t = useTexts('jobs')
  const [open, setOpen] = useState(false)
  if (!useMay('jobs.create')) return null
  return (
    <>
      <Button kind="primary" icon={<Plus className="size-4" aria-hidden />} onClick={() => setOpen(true)}>
        {t('new.button')}
      </Button>
      <Dialog open={open} onOpenChange={setOpen} wide title={t('new.title')} description={t('new.text')}>
        {open && (
          <Suspense fallback={<Loading rows={6} />}>
            <Chooser onClose={() => setOpen(false)} />
          </Suspense>
        )}
      </Dialog>
    </>
  )
}

function Chooser({ onClose }: { readonly onClose: () => void }) {
  const t = useTexts('jobs')
  const handlers = useRead('handlers.list', undefined)
  const [chosen, setChosen] = useState('')
  return (
    <Loaded of={handlers} rows={4}>
      {({ handlers: all }) => {
        const usable = all.filter(({ enabled }) => enabled)
        const handler = usable.find(({ id }) => id === chosen) ?? usable[0]
        if (handler === undefined)
          return (
            <Empty kind="nothing" title={t('new.noHandlers')}>
              {t('new.noHandlersText')}
            </Empty>
          )
        return (
          <>
            <Field label={t('new.handler')} help={handler.description ?? undefined} className="mb-4">
              {(ids) => (
                <Select {...ids} value={handler.id} onChange={setChosen} options={usable.map(({ id }) => [id, id])} />
              )}
            </Field>
            <Form key={handler.id} handler={handler} onClose={onClose} />
          </>
        )
      }}
    </Loaded>
  )
}

function Form({ handler, onClose }: { readonly handler: Handler; readonly onClose: () => void }) {
  const t = useTexts('jobs')
  const navigate = useNavigate()
  const usual = (handler.input as { readonly default?: unknown } | null)?.default
  const [input, setInput] = useState<unknown>(usual)
  const [problem, setProblem] = useState<string | null>(null)
  const [when, setWhen] = useState<When | null>({})
  const [lane, setLane] = useState('')
  const [priority, setPriority] = useState<Priority | ''>('')
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const keys = useOnceKeys()
  const go = async () => {
    setBusy(true)
    setError(null)
    try {
      const call: Input<'jobs.create'> = {
        job: handler.id,
        ...(input !== undefined && { input }),
        ...when,
        ...(lane.trim() !== '' && { lane: lane.trim() }),
        ...(priority !== '' && { priority }),
      }
      const { id, status } = await perform('jobs.create', { ...call, idempotencyKey: keys.keyFor(call) })
      keys.done()
      toast.good(t(`new.done.${status}`))
      onClose()
      void navigate({ to: '/jobs/$id', params: { id } })
    } catch (thrown) {
      setError(thrown)
    } finally {
      setBusy(false)
    }
  }
  const usualPriority = t('new.asHandler', { value: t(`priority.${handler.options.priority}`) })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        void go()
      }}
      className="space-y-4"
    >
      <PayloadForm
        label={t('new.input')}
        schema={handler.input}
        initial={usual}
        onChange={setInput}
        onProblem={setProblem}
      />
      <WhenField now onChange={setWhen} />
      <div className="grid gap-3 sm:grid-cols-2">
        <Field label={t('new.lane')} help={t('new.laneHelp', { lane: handler.options.lane })}>
          {(ids) => <TextInput {...ids} value={lane} onChange={setLane} placeholder={handler.options.lane} />}
        </Field>
        <Field label={t('new.priority')}>
          {(ids) => (
            <Select<Priority | ''>
              {...ids}
              value={priority}
              onChange={setPriority}
              options={[['', usualPriority], ...priorities.map((one) => [one, t(`priority.${one}`)] as const)]}
            />
          )}
        </Field>
      </div>
      {error !== null && <ErrorText error={error} />}
      <DialogActions>
        <Button onClick={onClose}>{t('cancel')}</Button>
        <Button type="submit" kind="primary" busy={busy} disabled={problem !== null || when === null}>
          {t('new.button')}
        </Button>
      </DialogActions>
    </form>
  )
}
