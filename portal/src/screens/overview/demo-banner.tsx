import { FlaskConical } from 'lucide-react'
import { useRead } from '../../data/read.ts'
import { useTexts } from '../../lib/texts.ts'
import { RemoveDemo } from '../../ui/remove-demo.tsx'

/** Where what is seen was made by `rota dev`: that it is so, and how to be rid of it. */
export function DemoBanner() {
  const t = useTexts('overview')
  const { data } = useRead('demo.get', undefined)
  if (data?.present !== true) return null
  return (
    <div className="mb-3 flex flex-wrap items-center gap-x-3 gap-y-2 rounded-lg bg-accent-soft px-4 py-2 text-[13px] text-accent-ink">
      <FlaskConical className="size-4 shrink-0" aria-hidden />
      <p className="min-w-0 flex-1 basis-52">
        {t('demo.text')} <code className="font-mono text-[12px]">npm start</code>
      </p>
      <RemoveDemo small />
    </div>
  )
}
