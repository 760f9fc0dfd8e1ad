import { Pause, Play } from 'lucide-react'
import { useMay } from '../../data/me.ts'
import { useDo } from '../../data/read.ts'
import { useTexts } from '../../lib/texts.ts'
import { Button } from '../../ui/button.tsx'
import { Confirm } from '../../ui/dialog.tsx'
import type { Worker } from './screen.tsx'

export function WorkerActions({ worker: { id, name, draining } }: { readonly worker: Worker }) {
  const t = useTexts('workers')
  const mayDrain = useMay('workers.drain')
  const mayResume = useMay('workers.resume')
  const drain = useDo('workers.drain', { quiet: true, said: t('drained', { name }) })
  const resume = useDo('workers.resume', { quiet: true, said: t('resumed', { name }) })
  if (!(draining ? mayResume : mayDrain)) return null
  const word = draining ? 'resume' : 'drain'
  const Icon = draining ? Play : Pause
  return (
    <Confirm
      title={t(`ask.${word}.title`, { name })}
      text={t(`ask.${word}.text`)}
      action={t(`ask.${word}.action`)}
      danger={!draining}
      onConfirm={() => (draining ? resume : drain).mutateAsync({ id })}
    >
      {(ask) => (
        <Button
          small
          onClick={ask}
          aria-label={`${t(`ask.${word}.action`)}: ${name}`}
          icon={<Icon className="size-3.5" aria-hidden />}
        >
          {t(`ask.${word}.action`)}
        </Button>
      )}
    </Confirm>
  )
}
