import { Pause, Play } from 'lucide-react'
import { useMay } from '../../data/me.ts'
import { useDo } from '../../data/read.ts'
import { useTexts } from '../../lib/texts.ts'
import { AskReason } from '../../ui/ask-reason.tsx'
import { Button } from '../../ui/button.tsx'
import { Confirm } from '../../ui/dialog.tsx'
import type { Lane } from './lane.ts'

export function LaneActions({ lane: { name, paused, waiting } }: { readonly lane: Lane }) {
  const t = useTexts('lanes')
  const mayPause = useMay('lanes.pause')
  const mayResume = useMay('lanes.resume')
  const pause = useDo('lanes.pause', { quiet: true, said: t('paused', { name }) })
  const resume = useDo('lanes.resume', { quiet: true, said: t('resumed', { name }) })
  if (paused !== null)
    return mayResume ? (
      <Confirm
        title={t('resumeTitle', { name })}
        text={t('resumeText', { count: waiting })}
        action={t('resume')}
        danger={false}
        onConfirm={() => resume.mutateAsync({ id: name })}
      >
        {(ask) => (
          <Button
            small
            onClick={ask}
            aria-label={`${t('resume')}: ${name}`}
            icon={<Play className="size-3.5" aria-hidden />}
          >
            {t('resume')}
          </Button>
        )}
      </Confirm>
    ) : null
  return mayPause ? (
    <AskReason
      title={t('pauseTitle', { name })}
      text={t('pauseText')}
      action={t('pause')}
      onConfirm={(reason) => pause.mutateAsync({ id: name, ...(reason !== undefined && { reason }) })}
    >
      {(ask) => (
        <Button
          small
          onClick={ask}
          aria-label={`${t('pause')}: ${name}`}
          icon={<Pause className="size-3.5" aria-hidden />}
        >
          {t('pause')}
        </Button>
      )}
    </AskReason>
  ) : null
}
