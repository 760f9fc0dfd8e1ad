/** What to do on a system where nothing was ever stored. Each step ticks itself when it has come true. */
import { Link } from '@tanstack/react-router'
import { Check } from 'lucide-react'
import type { ReactNode } from 'react'
import { useMe } from '../../data/me.ts'
import { cx } from '../../lib/cx.ts'
import { useTexts } from '../../lib/texts.ts'
import { useZone } from '../../lib/time.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { CodeBlock } from '../../ui/copy.tsx'
import { Card } from '../../ui/page.tsx'
import type { Beginning } from './beginning.ts'
import { configFile, enqueueCall, scheduleCall, workerCall } from './samples.ts'

export default function FirstSteps({ beginning: { done, putAway } }: { readonly beginning: Beginning }) {
  const t = useTexts('overview')
  const zone = useZone()
  const needsKey = useMe()?.kind !== 'local'
  const steps = [done.worker, done.job, done.success, done.schedule, done.people].filter((one) => one !== null)
  const ticked = steps.filter(Boolean).length
  return (
    <Card
      title={t('steps.title', { done: ticked, all: steps.length })}
      className="mt-5"
      actions={
        <Button small kind={ticked === steps.length ? 'primary' : 'ghost'} onClick={putAway}>
          {t(ticked === steps.length ? 'steps.finish' : 'steps.hide')}
        </Button>
      }
    >
      <ol className="space-y-6">
        <Step n={1} done={done.worker} title={t('steps.worker.title')} text={t('steps.worker.text')}>
          <CodeBlock label={t('steps.worker.file')} text={configFile} />
          <CodeBlock label={t('steps.worker.start')} text={workerCall(needsKey)} />
          {needsKey && (
            <p className="text-[13px] text-soft">
              {t('steps.key')}{' '}
              <Link to="/access" className="font-medium text-accent-ink underline">
                {t('steps.keyLink')}
              </Link>
            </p>
          )}
        </Step>
        <Step n={2} done={done.job} title={t('steps.job.title')} text={t('steps.job.text')}>
          <CodeBlock label={t('steps.job.title')} text={enqueueCall(needsKey)} />
        </Step>
        <Step n={3} done={done.success} title={t('steps.success.title')} text={t('steps.success.text')}>
          <StepLink to="/jobs">{t('steps.success.go')}</StepLink>
        </Step>
        <Step n={4} done={done.schedule} title={t('steps.schedule.title')} text={t('steps.schedule.text')}>
          <CodeBlock label={t('steps.schedule.title')} text={scheduleCall(needsKey, zone)} />
          <StepLink to="/schedules/+new">{t('steps.schedule.go')}</StepLink>
        </Step>
        {done.people !== null && (
          <Step
            n={5}
            done={done.people}
            title={t('steps.people.title')}
            text={t(needsKey ? 'steps.people.text' : 'steps.people.textLocal')}
          >
            <StepLink to="/access">{t('steps.people.go')}</StepLink>
          </Step>
        )}
      </ol>
    </Card>
  )
}

const StepLink = ({
  to,
  children,
}: {
  readonly to: '/jobs' | '/schedules/+new' | '/access'
  readonly children: ReactNode
}) => (
  <div>
    <Link to={to} className={buttonClass('plain', true)}>
      {children}
    </Link>
  </div>
)

interface StepProps {
  readonly n: number
  readonly done: boolean
  readonly title: string
  readonly text: string
  readonly children: ReactNode
}

function Step({ n, done, title, text, children }: StepProps) {
  const t = useTexts('overview')
  return (
    <li className="flex gap-3.5" data-step={n} data-done={done}>
      <span
        className={cx(
          'mt-px flex size-6 shrink-0 items-center justify-center rounded-full font-semibold text-xs',
          done ? 'bg-good-soft text-good' : 'bg-hover text-soft',
        )}
      >
        {done ? <Check className="size-3.5" strokeWidth={3} aria-label={t('steps.done')} /> : n}
      </span>
      <div className="min-w-0 max-w-3xl flex-1">
        <h3 className="font-medium">{title}</h3>
        <p className="mt-0.5 text-[13px] text-soft">{text}</p>
        <div className="mt-2.5 space-y-2">{children}</div>
      </div>
    </li>
  )
}
