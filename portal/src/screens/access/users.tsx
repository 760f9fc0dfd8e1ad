import { Pencil, Trash2, UserPlus } from 'lucide-react'
import { useMemo, useState } from 'react'
import { useMe } from '../../data/me.ts'
import { type Output, useDo, useRead } from '../../data/read.ts'
import { useTexts } from '../../lib/texts.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { Confirm } from '../../ui/dialog.tsx'
import { Card, Empty, Loaded } from '../../ui/page.tsx'
import { Pager, usePages } from '../../ui/pager.tsx'
import { Badge } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { At } from '../../ui/time.tsx'
import { UserDialog } from './user-dialog.tsx'

export type User = Output<'users.list'>['users'][number]

export function Users() {
  const t = useTexts('access')
  const pages = usePages()
  const users = useRead('users.list', { cursor: pages.cursor, limit: 100 })
  const [editing, setEditing] = useState<User | 'new' | null>(null)
  const columns = useMemo((): readonly Column<User>[] => {
    return [
      { id: 'who', head: t('who'), width: 'minmax(8rem,2fr)', cell: (user) => <Who user={user} /> },
      {
        id: 'role',
        head: t('roleName'),
        width: '8rem',
        cell: ({ role }) => <Badge tone={role === 'admin' ? 'accent' : 'plain'}>{t(`role.${role}`)}</Badge>,
      },
      {
        id: 'created',
        head: t('created'),
        width: '10rem',
        from: 'md',
        cell: ({ createdAt }) => <At at={createdAt} seconds={false} className="text-soft" />,
      },
      {
        id: 'actions',
        head: <span className="sr-only">{t('actions')}</span>,
        width: '4.5rem',
        right: true,
        cell: (user) => (
          <span className="inline-flex">
            <IconButton label={t('changeUser', { name: user.email })} onClick={() => setEditing(user)}>
              <Pencil className="size-4" aria-hidden />
            </IconButton>
            <RemoveUser user={user} />
          </span>
        ),
      },
    ]
  }, [t])
  const add = (
    <Button kind="primary" onClick={() => setEditing('new')} icon={<UserPlus className="size-4" aria-hidden />}>
      {t('addUser')}
    </Button>
  )
  return (
    <Card flush className="overflow-hidden" title={t('tabs.users')} actions={add}>
      <Loaded of={users} rows={5}>
        {({ users: rows, next }) =>
          rows.length > 0 ? (
            <>
              <Table label={t('tabs.users')} columns={columns} rows={rows} idOf={idOf} rowHeight={56} />
              <Pager pages={pages} next={next} />
            </>
          ) : (
            <Empty kind="nothing" title={t('noUsers.title')}>
              {t('noUsers.text')}
            </Empty>
          )
        }
      </Loaded>
      {editing !== null && <UserDialog user={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />}
    </Card>
  )
}

const idOf = ({ id }: User) => id

function Who({ user: { id, name, email } }: { readonly user: User }) {
  const t = useTexts('access')
  const me = useMe()
  return (
    <span className="block min-w-0">
      <span className="flex min-w-0 items-center gap-2">
        <span className="truncate font-medium">{name}</span>
        {me?.id === id && <Badge tone="accent">{t('you')}</Badge>}
      </span>
      {name !== email && <span className="block truncate text-faint text-xs">{email}</span>}
    </span>
  )
}

function RemoveUser({ user: { id, email } }: { readonly user: User }) {
  const t = useTexts('access')
  const remove = useDo('users.remove', { quiet: true, said: t('removed', { name: email }) })
  return (
    <Confirm
      title={t('removeTitle', { name: email })}
      text={t('removeText')}
      action={t('remove')}
      onConfirm={() => remove.mutateAsync({ id })}
    >
      {(ask) => (
        <IconButton label={t('removeUser', { name: email })} onClick={ask}>
          <Trash2 className="size-4" aria-hidden />
        </IconButton>
      )}
    </Confirm>
  )
}
