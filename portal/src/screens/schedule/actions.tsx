import { Pause, Play, Zap } from 'lucide-react'
import { useState } from 'react'
import { useMay } from '../../data/me.ts'
import { useDo } from '../../data/read.ts'
import { useTexts } from '../../lib/texts.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import type { Schedule } from './model.ts'
import { PauseDialog } from './pause-dialog.tsx'

interface Props {
  readonly schedule: Schedule
}

/** Lets it run once now. */
function useRunNow({ id }: Schedule) {
  const t = useTexts('schedule')
  const run = useDo('schedules.trigger', { said: ({ status }) => t(`triggered.${status}`, { id }) })
  return { go: () => run.mutate({ id }), busy: run.isPending }
}

function useResume({ id }: Schedule) {
  const t = useTexts('schedule')
  const resume = useDo('schedules.resume', { said: t('resumed', { id }) })
  return { go: () => resume.mutate({ id }), busy: resume.isPending }
}

/** What can be done to a schedule in a list. */
export function RowActions({ schedule }: Props) {
  const t = useTexts('schedule')
  const [pausing, setPausing] = useState(false)
  const run = useRunNow(schedule)
  const resume = useResume(schedule)
  const { id, state } = schedule
  const may = { run: useMay('schedules.trigger'), pause: useMay('schedules.pause') }
  return (
    <span className="flex justify-end">
      {may.run && (
        <IconButton label={t('runNowOf', { id })} onClick={run.go} disabled={run.busy}>
          <Zap className="size-4" aria-hidden />
        </IconButton>
      )}
      {may.pause && state === 'paused' && (
        <IconButton label={t('resumeOf', { id })} onClick={resume.go} disabled={resume.busy}>
          <Play className="size-4" aria-hidden />
        </IconButton>
      )}
      {may.pause && state === 'active' && (
        <IconButton label={t('pauseOf', { id })} onClick={() => setPausing(true)}>
          <Pause className="size-4" aria-hidden />
        </IconButton>
      )}
      {pausing && <PauseDialog id={id} onClose={() => setPausing(false)} />}
    </span>
  )
}

/** The same above the schedule itself. */
export function HeadActions({ schedule }: Props) {
  const t = useTexts('schedule')
  const [pausing, setPausing] = useState(false)
  const run = useRunNow(schedule)
  const resume = useResume(schedule)
  const { id, state } = schedule
  const may = { run: useMay('schedules.trigger'), pause: useMay('schedules.pause') }
  return (
    <>
      {may.run && (
        <Button icon={<Zap className="size-4" aria-hidden />} busy={run.busy} onClick={run.go}>
          {t('runNow')}
        </Button>
      )}
      {may.pause && state === 'paused' && (
        <Button kind="primary" icon={<Play className="size-4" aria-hidden />} busy={resume.busy} onClick={resume.go}>
          {t('resume')}
        </Button>
      )}
      {may.pause && state === 'active' && (
        <Button icon={<Pause className="size-4" aria-hidden />} onClick={() => setPausing(true)}>
          {t('pause')}
        </Button>
      )}
      {pausing && <PauseDialog id={id} onClose={() => setPausing(false)} />}
    </>
  )
}
