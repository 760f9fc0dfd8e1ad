import { Link, useNavigate } from '@tanstack/react-router'
import { EllipsisVertical, KeyRound, ListFilter, Power, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { filterWord } from 'rota/client'
import { cache, cluster, rota } from '../../data/client.ts'
import { useMay } from '../../data/me.ts'
import { perform } from '../../data/read.ts'
import { useTexts } from '../../lib/texts.ts'
import { Button, buttonClass, IconButton } from '../../ui/button.tsx'
import { Confirm } from '../../ui/dialog.tsx'
import { Menu, MenuItem, MenuLine } from '../../ui/menu.tsx'
import { toast } from '../../ui/toast.ts'
import type { Handler } from '../handlers/kind.ts'
import { KeyDialog } from './key-dialog.tsx'

/** What can be done with it. Definitions of code can only be looked at: their code says what they are. */
export function Actions({ handler }: { readonly handler: Handler }) {
  const t = useTexts('handler')
  const may = useMay('handlers.put')
  return (
    <>
      <Link to="/jobs" search={{ filter: filterWord('job', handler.id) } as never} className={buttonClass()}>
        <ListFilter className="size-4" aria-hidden />
        {t('jobs')}
      </Link>
      {may && handler.version !== null && <Stored handler={handler} />}
    </>
  )
}

function Stored({ handler: { id, enabled } }: { readonly handler: Handler }) {
  const t = useTexts('handler')
  const navigate = useNavigate()
  const [key, setKey] = useState<string | null>(null)
  const turn = async () => {
    await perform(enabled ? 'handlers.disable' : 'handlers.enable', { id })
    toast.good(t(enabled ? 'act.disabled' : 'act.enabled', { id }))
  }
  const rotate = async () => setKey((await perform('handlers.rotateKey', { id })).signingKey)
  const remove = async () => {
    await rota.handlers.delete({ id }, { context: { cluster } })
    toast.good(t('act.deleted', { id }))
    await navigate({ to: '/handlers' })
    // What is gone is not read again, also where this screen still stands for a moment.
    void cache.invalidateQueries({ predicate: ({ queryKey }) => !(queryKey[2] as { id?: string } | undefined)?.id })
  }
  return (
    <>
      <Confirm
        title={t(enabled ? 'act.disableTitle' : 'act.enableTitle', { id })}
        text={t(enabled ? 'act.disableText' : 'act.enableText')}
        action={t(enabled ? 'act.disable' : 'act.enable')}
        danger={enabled}
        onConfirm={turn}
      >
        {(ask) => (
          <Button onClick={ask} icon={<Power className="size-4" aria-hidden />}>
            {t(enabled ? 'act.disable' : 'act.enable')}
          </Button>
        )}
      </Confirm>
      <Confirm
        title={t('act.rotateTitle', { id })}
        text={t('act.rotateText')}
        action={t('act.rotate')}
        danger={false}
        onConfirm={rotate}
      >
        {(askRotate) => (
          <Confirm
            title={t('act.deleteTitle', { id })}
            text={t('act.deleteText')}
            action={t('act.delete')}
            onConfirm={remove}
          >
            {(askDelete) => (
              <Menu
                trigger={
                  <IconButton label={t('act.more')} className="size-8.5 border border-line-strong bg-surface">
                    <EllipsisVertical className="size-4" aria-hidden />
                  </IconButton>
                }
              >
                <MenuItem icon={<KeyRound className="size-4" aria-hidden />} onSelect={askRotate}>
                  {t('act.rotate')}
                </MenuItem>
                <MenuLine />
                <MenuItem danger icon={<Trash2 className="size-4" aria-hidden />} onSelect={askDelete}>
                  {t('act.delete')}
                </MenuItem>
              </Menu>
            )}
          </Confirm>
        )}
      </Confirm>
      <KeyDialog id={id} signingKey={key} onClose={() => setKey(null)} />
    </>
  )
}
