import { useNavigate } from '@tanstack/react-router'
import { CalendarClock, CircleStop, Code, Ellipsis, Pencil, Play, RotateCcw, Trash2 } from 'lucide-react'
import { useState } from 'react'
import type { Act } from '../../data/bulk.ts'
import { cache, cluster, rota } from '../../data/client.ts'
import { useMay } from '../../data/me.ts'
import { perform, useDo } from '../../data/read.ts'
import { useTexts } from '../../lib/texts.ts'
import { AskReason } from '../../ui/ask-reason.tsx'
import { Button } from '../../ui/button.tsx'
import { Confirm } from '../../ui/dialog.tsx'
import { Menu, MenuItem, MenuLine } from '../../ui/menu.tsx'
import { toast } from '../../ui/toast.ts'
import { isOver, type Job, mayAct } from '../jobs/job.ts'
import { forgetJobs } from '../jobs/pages.ts'
import { RescheduleDialog } from '../jobs/reschedule-dialog.tsx'
import { CopyDialog } from './copy-dialog.tsx'
import { EditDialog } from './edit-dialog.tsx'

const size = 'size-4 shrink-0'

/** What can be done with a job in its state: what is meant most often as buttons, the rest in a menu. */
export function Actions({ job }: { readonly job: Job }) {
  const t = useTexts('job')
  const navigate = useNavigate()
  const [asking, setAsking] = useState<'edit' | 'reschedule' | 'copy' | null>(null)
  const mayOperate = useMay('jobs.cancel')
  const { id } = job
  const may = (act: Act) => mayOperate && mayAct(act, job)
  const run = useDo('jobs.run', { said: t('said.run') })
  const close = () => setAsking(null)
  const remove = async () => {
    await rota.jobs.delete({ id }, { context: { cluster } })
    forgetJobs(new Set([id]))
    toast.good(t('said.delete'))
    await navigate({ to: '/jobs' })
    void cache.invalidateQueries()
  }
  return (
    <>
      {may('run') && (
        <Button icon={<Play className={size} aria-hidden />} busy={run.isPending} onClick={() => run.mutate({ id })}>
          {t('act.run')}
        </Button>
      )}
      {may('retry') && (
        <Confirm
          title={t('retry.title')}
          text={t(job.state === 'succeeded' ? 'retry.textSucceeded' : 'retry.text')}
          action={t('act.retry')}
          danger={false}
          onConfirm={async () => {
            await perform('jobs.retry', { id })
            toast.good(t('said.retry'))
          }}
        >
          {(ask) => (
            <Button
              kind={job.state === 'succeeded' ? 'plain' : 'primary'}
              icon={<RotateCcw className={size} aria-hidden />}
              onClick={ask}
            >
              {t('act.retry')}
            </Button>
          )}
        </Confirm>
      )}
      {may('cancel') && (
        <AskReason
          title={t('cancelJob.title')}
          text={t(job.state === 'running' ? 'cancelJob.textRunning' : 'cancelJob.text')}
          action={t('act.cancel')}
          onConfirm={async (reason) => {
            const { status } = await perform('jobs.cancel', { id, ...(reason !== undefined && { reason }) })
            toast.good(t(`said.${status}`))
          }}
        >
          {(ask) => (
            <Button icon={<CircleStop className={size} aria-hidden />} onClick={ask}>
              {t('act.cancel')}
            </Button>
          )}
        </AskReason>
      )}
      <Confirm title={t('delete.title')} text={t('delete.text')} action={t('act.delete')} onConfirm={remove}>
        {(askDelete) => (
          <Menu trigger={<Button icon={<Ellipsis className={size} aria-hidden />}>{t('act.more')}</Button>}>
            {mayOperate && job.state !== 'running' && (
              <MenuItem icon={<Pencil className={size} aria-hidden />} onSelect={() => setAsking('edit')}>
                {t(isOver(job) ? 'act.retryEdited' : 'act.edit')}
              </MenuItem>
            )}
            {may('reschedule') && (
              <MenuItem icon={<CalendarClock className={size} aria-hidden />} onSelect={() => setAsking('reschedule')}>
                {t('act.reschedule')}
              </MenuItem>
            )}
            <MenuItem icon={<Code className={size} aria-hidden />} onSelect={() => setAsking('copy')}>
              {t('act.copyAs')}
            </MenuItem>
            {may('delete') && (
              <>
                <MenuLine />
                <MenuItem danger icon={<Trash2 className={size} aria-hidden />} onSelect={askDelete}>
                  {t('act.delete')}
                </MenuItem>
              </>
            )}
          </Menu>
        )}
      </Confirm>
      <EditDialog job={job} open={asking === 'edit'} onClose={close} />
      <CopyDialog job={job} open={asking === 'copy'} onClose={close} />
      <RescheduleDialog
        open={asking === 'reschedule'}
        onClose={close}
        count={1}
        onChosen={async (when) => {
          await perform('jobs.reschedule', { id, ...when })
          toast.good(t('said.reschedule'))
        }}
      />
    </>
  )
}
