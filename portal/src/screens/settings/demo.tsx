import { Trash2 } from 'lucide-react'
import { useRead } from '../../data/read.ts'
import { useTexts } from '../../lib/texts.ts'
import { Card } from '../../ui/page.tsx'
import { RemoveDemo } from '../../ui/remove-demo.tsx'

/** Only where there is a demo. */
export function Demo() {
  const t = useTexts('settings')
  const { data } = useRead('demo.get', undefined)
  if (data?.present !== true) return null
  return (
    <Card title={t('demo.title')}>
      <p className="mb-3 text-[13px] text-soft">{t('demo.text')}</p>
      <RemoveDemo icon={<Trash2 className="size-3.5" aria-hidden />} />
    </Card>
  )
}
