import { Plus, Trash2 } from 'lucide-react'
import { useMemo, useState } from 'react'
import { type Output, useDo, useRead } from '../../data/read.ts'
import { useUrlText } from '../../data/url.ts'
import { cx } from '../../lib/cx.ts'
import { useTexts } from '../../lib/texts.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { Confirm } from '../../ui/dialog.tsx'
import { CheckBox } from '../../ui/form.tsx'
import { Card, Empty, Loaded } from '../../ui/page.tsx'
import { Badge } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Ago, At } from '../../ui/time.tsx'
import { KeyDialog } from './key-dialog.tsx'

export type Key = Output<'keys.list'>['keys'][number]

const isOver = ({ revokedAt, expiresAt }: Key): boolean =>
  revokedAt !== null || (expiresAt !== null && new Date(expiresAt).getTime() < Date.now())

export function Keys() {
  const t = useTexts('access')
  const keys = useRead('keys.list', undefined)
  const [ended, setEnded] = useUrlText('ended')
  const [making, setMaking] = useState(false)
  const columns = useMemo((): readonly Column<Key>[] => {
    return [
      { id: 'name', head: t('keyName'), width: 'minmax(8rem,2fr)', cell: (key) => <Name of={key} /> },
      {
        id: 'role',
        head: t('roleName'),
        width: '8rem',
        from: 'sm',
        cell: ({ role }) => <Badge tone={role === 'admin' ? 'accent' : 'plain'}>{t(`role.${role}`)}</Badge>,
      },
      {
        id: 'lanes',
        head: t('keyLanes'),
        width: 'minmax(6rem,1fr)',
        from: 'lg',
        cell: ({ lanes }) => (
          <span title={lanes?.join(', ')}>
            {lanes?.join(', ') ?? <span className="text-faint">{t('allLanes')}</span>}
          </span>
        ),
      },
      {
        id: 'used',
        head: t('lastUsed'),
        width: '6.5rem',
        from: 'md',
        cell: ({ lastUsedAt }) =>
          lastUsedAt === null ? (
            <span className="text-faint">{t('never')}</span>
          ) : (
            <Ago at={lastUsedAt} className="text-soft" />
          ),
      },
      { id: 'expires', head: t('expires'), width: '9rem', from: 'sm', cell: (key) => <Ends of={key} /> },
      {
        id: 'made',
        head: t('madeBy'),
        width: '8rem',
        from: 'xl',
        cell: ({ createdBy }) => <span title={createdBy}>{createdBy}</span>,
      },
      {
        id: 'actions',
        head: <span className="sr-only">{t('actions')}</span>,
        width: '2.5rem',
        right: true,
        cell: (key) => <Revoke of={key} />,
      },
    ]
  }, [t])
  const actions = (
    <>
      <CheckBox label={t('withEnded')} checked={ended === 'yes'} onChange={(on) => setEnded(on ? 'yes' : '')} />
      <Button kind="primary" onClick={() => setMaking(true)} icon={<Plus className="size-4" aria-hidden />}>
        {t('makeKey')}
      </Button>
    </>
  )
  return (
    <Card flush className="overflow-hidden" title={t('tabs.keys')} actions={actions}>
      <Loaded of={keys} rows={5}>
        {({ keys: all }) => {
          const rows = ended === 'yes' ? all : all.filter((key) => !isOver(key))
          if (rows.length > 0)
            return <Table label={t('tabs.keys')} columns={columns} rows={rows} idOf={idOf} rowHeight={56} />
          return all.length > 0 ? (
            <Empty kind="hidden" title={t('onlyEnded')}>
              <Button onClick={() => setEnded('yes')}>{t('showEnded')}</Button>
            </Empty>
          ) : (
            <Empty kind="nothing" title={t('noKeys.title')}>
              {t('noKeys.text')}
            </Empty>
          )
        }}
      </Loaded>
      {making && <KeyDialog onClose={() => setMaking(false)} />}
    </Card>
  )
}

const idOf = ({ id }: Key) => id

function Name({ of }: { readonly of: Key }) {
  const t = useTexts('access')
  return (
    <span className="block min-w-0">
      <span className={cx('block truncate font-medium', isOver(of) && 'text-faint')} title={of.name}>
        {of.name}
      </span>
      <span className="flex min-w-0 gap-2 text-faint text-xs">
        <code className="font-mono text-[11px]">{of.prefix}…</code>
        <span className="truncate sm:hidden">{t(`role.${of.role}`)}</span>
      </span>
    </span>
  )
}

function Ends({ of: { revokedAt, expiresAt } }: { readonly of: Key }) {
  const t = useTexts('access')
  if (revokedAt !== null)
    return (
      <span className="block">
        <Badge tone="bad">{t('revoked')}</Badge> <Ago at={revokedAt} className="text-faint text-xs" />
      </span>
    )
  if (expiresAt === null) return <span className="text-faint">{t('never')}</span>
  if (new Date(expiresAt).getTime() < Date.now()) return <Badge tone="warn">{t('expired')}</Badge>
  return <At at={expiresAt} seconds={false} className="text-soft" />
}

function Revoke({ of: { id, name, revokedAt } }: { readonly of: Key }) {
  const t = useTexts('access')
  const revoke = useDo('keys.revoke', { quiet: true, said: t('keyRevoked', { name }) })
  if (revokedAt !== null) return null
  return (
    <Confirm
      title={t('revokeTitle', { name })}
      text={t('revokeText')}
      action={t('revoke')}
      onConfirm={() => revoke.mutateAsync({ id })}
    >
      {(ask) => (
        <IconButton label={t('revokeKey', { name })} onClick={ask}>
          <Trash2 className="size-4" aria-hidden />
        </IconButton>
      )}
    </Confirm>
  )
}
