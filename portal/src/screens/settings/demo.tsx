import { Trash2 } from 'lucide-react'
import { useMay } from '../../data/me.ts'
import { useDo, useRead } from '../../data/read.ts'
import { useTexts } from '../../lib/texts.ts'
import { Button } from '../../ui/button.tsx'
import { Confirm } from '../../ui/dialog.tsx'
import { Card } from '../../ui/page.tsx'

/** Only where there is a demo. */
export function Demo() {
  const t = useTexts('settings')
  const { data } = useRead('demo.get', undefined)
  const mayRemove = useMay('demo.remove')
  const remove = useDo('demo.remove', {
    quiet: true,
    said: ({ schedules, jobs }) => t('demo.removed', { schedules, jobs }),
  })
  if (data?.present !== true) return null
  return (
    <Card title={t('demo.title')}>
      <p className="text-[13px] text-soft">{t('demo.text')}</p>
      {mayRemove && (
        <div className="mt-3">
          <Confirm
            title={t('demo.confirmTitle')}
            text={t('demo.confirmText')}
            action={t('demo.remove')}
            onConfirm={() => remove.mutateAsync(undefined)}
          >
            {(ask) => (
              <Button onClick={ask} icon={<Trash2 className="size-3.5" aria-hidden />}>
                {t('demo.remove')}
              </Button>
            )}
          </Confirm>
        </div>
      )}
    </Card>
  )
}
