import type { ReactNode } from 'react'
import { firstSteps } from '../data/first-steps.ts'
import { useMay } from '../data/me.ts'
import { perform } from '../data/read.ts'
import { useTexts } from '../lib/texts.ts'
import { Button } from './button.tsx'
import { Confirm } from './dialog.tsx'
import { toast } from './toast.ts'

/** Removes what `rota dev` made, after a question; nothing for those who may not. */
export function RemoveDemo({ small = false, icon }: { readonly small?: boolean; readonly icon?: ReactNode }) {
  const t = useTexts('common')
  const may = useMay('demo.remove')
  const remove = async () => {
    const { jobs, schedules } = await perform('demo.remove', undefined)
    firstSteps.set('open') // whoever removed it begins here
    toast.good(t('removeDemo.removed', { jobs, schedules }))
  }
  return may ? (
    <Confirm
      title={t('removeDemo.title')}
      text={t('removeDemo.means')}
      action={t('removeDemo.remove')}
      onConfirm={remove}
    >
      {(ask) => (
        <Button small={small} icon={icon} onClick={ask}>
          {t('removeDemo.remove')}
        </Button>
      )}
    </Confirm>
  ) : null
}
