import { useNavigate } from '@tanstack/react-router'
import { Pencil, RotateCcw, Trash2 } from 'lucide-react'
import { cluster, rota } from '../../data/client.ts'
import { refresh } from '../../data/live.ts'
import { useMay } from '../../data/me.ts'
import { perform } from '../../data/read.ts'
import { useUrlText } from '../../data/url.ts'
import { useTexts } from '../../lib/texts.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { Confirm } from '../../ui/dialog.tsx'
import { toast } from '../../ui/toast.ts'
import type { Schedule } from './model.ts'

/** Changing it, taking a change back, removing it. */
export function MoreActions({ schedule: { id, origin, changed } }: { readonly schedule: Schedule }) {
  const t = useTexts('schedule')
  const navigate = useNavigate()
  const [, setTab] = useUrlText('tab', 'overview')
  const may = { put: useMay('schedules.put'), reset: useMay('schedules.reset'), delete: useMay('schedules.delete') }
  const reset = async () => {
    await perform('schedules.reset', { id })
    toast.good(t('reset.done', { id }))
  }
  const remove = async () => {
    await rota.schedules.delete({ id }, { context: { cluster } })
    toast.good(t('delete.done', { id }))
    await navigate({ to: '/schedules' }) // first: here it would be read again, and not found
    refresh()
  }
  return (
    <>
      {may.put && (
        <Button icon={<Pencil className="size-4" aria-hidden />} onClick={() => setTab('edit')}>
          {t('edit')}
        </Button>
      )}
      {may.reset && changed && origin === 'code' && (
        <Confirm title={t('reset.title')} text={t('reset.text')} action={t('reset.action')} onConfirm={reset}>
          {(ask) => (
            <Button icon={<RotateCcw className="size-4" aria-hidden />} onClick={ask}>
              {t('reset.action')}
            </Button>
          )}
        </Confirm>
      )}
      {may.delete && (
        <Confirm
          title={t('delete.title', { id })}
          text={t(`delete.${origin}`)}
          action={t('delete.action')}
          onConfirm={remove}
        >
          {(ask) => (
            <IconButton label={t('delete.action')} onClick={ask} className="hover:text-danger">
              <Trash2 className="size-4" aria-hidden />
            </IconButton>
          )}
        </Confirm>
      )}
    </>
  )
}
