import { FlaskConical } from 'lucide-react'
import { useMay } from '../../data/me.ts'
import { perform, useRead } from '../../data/read.ts'
import { useTexts } from '../../lib/texts.ts'
import { Button } from '../../ui/button.tsx'
import { Confirm } from '../../ui/dialog.tsx'
import { toast } from '../../ui/toast.ts'
import { beginAnew } from './beginning.ts'

/** Where what is seen was made by `rota dev`: that it is so, and how to be rid of it. */
export function DemoBanner() {
  const t = useTexts('overview')
  const may = useMay('demo.remove')
  const { data } = useRead('demo.get', undefined)
  if (data?.present !== true) return null
  const remove = async () => {
    const { jobs, schedules } = await perform('demo.remove', undefined)
    beginAnew()
    toast.good(t('demo.removed', { jobs, schedules }))
  }
  return (
    <div className="mb-3 flex flex-wrap items-center gap-x-3 gap-y-2 rounded-lg bg-accent-soft px-4 py-2 text-[13px] text-accent-ink">
      <FlaskConical className="size-4 shrink-0" aria-hidden />
      <p className="min-w-0 flex-1 basis-52">
        {t('demo.text')} <code className="font-mono text-[12px]">npm start</code>
      </p>
      {may && (
        <Confirm title={t('demo.title')} text={t('demo.means')} action={t('demo.remove')} onConfirm={remove}>
          {(ask) => (
            <Button small onClick={ask}>
              {t('demo.remove')}
            </Button>
          )}
        </Confirm>
      )}
    </div>
  )
}
