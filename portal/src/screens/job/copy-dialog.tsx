import { useState } from 'react'
import { useMe } from '../../data/me.ts'
import { useTexts } from '../../lib/texts.ts'
import { CodeBlock } from '../../ui/copy.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import type { Job } from '../jobs/job.ts'
import { codeOf, commandOf, curlOf } from './copies.ts'

const ways = ['curl', 'cli', 'code'] as const

/** How to store a job like this one from elsewhere. */
export function CopyDialog({
  job,
  open,
  onClose,
}: {
  readonly job: Job
  readonly open: boolean
  readonly onClose: () => void
}) {
  const t = useTexts('job')
  const local = useMe()?.kind === 'local'
  const [way, setWay] = useState<(typeof ways)[number]>('curl')
  const text = way === 'curl' ? curlOf(job, local) : way === 'cli' ? commandOf(job) : codeOf(job, local)
  return (
    <Dialog open={open} onOpenChange={onClose} wide title={t('copyAs.title')} description={t('copyAs.text')}>
      <Tabs
        label={t('copyAs.title')}
        value={way}
        onChange={setWay}
        tabs={ways.map((id) => ({ id, label: t(`copyAs.${id}`) }))}
      >
        <div className="mt-3 space-y-2">
          <CodeBlock text={text} label={t(`copyAs.${way}`)} />
          {!local && <p className="text-soft text-xs">{t('copyAs.token')}</p>}
        </div>
      </Tabs>
    </Dialog>
  )
}
