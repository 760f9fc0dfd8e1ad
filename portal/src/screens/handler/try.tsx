import { Play } from 'lucide-react'
import { type FormEvent, useRef, useState } from 'react'
import { priorities } from 'rota/client'
import { useMay } from '../../data/me.ts'
import { type Input, useDo } from '../../data/read.ts'
import { useOnceKeys } from '../../lib/once-keys.ts'
import { useTexts } from '../../lib/texts.ts'
import { Button } from '../../ui/button.tsx'
import { Field, Select, TextInput } from '../../ui/form.tsx'
import { Card } from '../../ui/page.tsx'
import { PayloadForm } from '../../ui/payload-form.tsx'
import { ErrorText } from '../../ui/problem.tsx'
import type { Handler } from '../handlers/kind.ts'
import { LiveJob } from './live-job.tsx'

/** Stores a job of it and shows what becomes of it. */
export function Try({ handler }: { readonly handler: Handler }) {
  const t = useTexts('handler')
  const may = useMay('jobs.create')
  const usual = (handler.input as { readonly default?: unknown } | null)?.default
  const [input, setInput] = useState<unknown>(usual)
  const [problem, setProblem] = useState<string | null>(null)
  const [delay, setDelay] = useState('')
  const [lane, setLane] = useState('')
  const [priority, setPriority] = useState('')
  const [asked, setAsked] = useState(false)
  const keys = useOnceKeys()
  const result = useRef<HTMLDivElement>(null)
  // On a phone it stands below the form.
  const create = useDo('jobs.create', {
    quiet: true,
    after: () => {
      keys.done()
      result.current?.scrollIntoView({ block: 'nearest' })
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setAsked(true)
    if (problem !== null) return
    const call: Input<'jobs.create'> = {
      job: handler.id,
      ...(input !== undefined && { input }),
      ...(delay.trim() !== '' && { in: delay.trim() }),
      ...(lane.trim() !== '' && { lane: lane.trim() }),
      ...(priority !== '' && { priority: priority as NonNullable<Input<'jobs.create'>['priority']> }),
    }
    create.mutate({ ...call, idempotencyKey: keys.keyFor(call) })
  }
  if (!may) return <p className="mt-4 text-[13px] text-soft">{t('try.notAllowed')}</p>
  return (
    <div className="mt-4 grid items-start gap-4 lg:grid-cols-2">
      <Card title={t('try.title')}>
        <form onSubmit={submit} className="space-y-4">
          <PayloadForm
            label={t('try.input')}
            schema={handler.input}
            initial={usual}
            onChange={setInput}
            onProblem={setProblem}
          />
          <details>
            <summary className="rounded font-medium text-[13px] text-soft">{t('try.options')}</summary>
            <div className="mt-3 grid gap-4 sm:grid-cols-3">
              <Field label={t('try.delay')} help={t('try.delayHelp')}>
                {(ids) => <TextInput {...ids} placeholder="5m" value={delay} onChange={setDelay} />}
              </Field>
              <Field label={t('try.lane')} help={t('try.laneHelp')}>
                {(ids) => <TextInput {...ids} placeholder={handler.options.lane} value={lane} onChange={setLane} />}
              </Field>
              <Field label={t('try.priority')} help={t('try.priorityHelp')}>
                {(ids) => (
                  <Select
                    {...ids}
                    value={priority}
                    onChange={setPriority}
                    options={[
                      ['', t(`priority.${handler.options.priority}`)],
                      ...priorities.map((one) => [one, t(`priority.${one}`)] as const),
                    ]}
                  />
                )}
              </Field>
            </div>
          </details>
          {asked && problem !== null && <ErrorText error={problem} />}
          <ErrorText error={create.error} />
          <Button kind="primary" type="submit" busy={create.isPending} icon={<Play className="size-3.5" aria-hidden />}>
            {t('try.run')}
          </Button>
        </form>
      </Card>
      <div ref={result} className="min-w-0 lg:sticky lg:top-17">
        <Card title={t('try.job')}>
          {create.data === undefined ? (
            <p className="py-6 text-center text-[13px] text-faint">{t('try.none')}</p>
          ) : (
            <LiveJob key={create.data.id} {...create.data} />
          )}
        </Card>
      </div>
    </div>
  )
}
