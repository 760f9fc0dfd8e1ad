import { Bookmark, BookmarkPlus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { useStore } from '../../data/store.ts'
import { useTexts } from '../../lib/texts.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { Dialog, DialogActions } from '../../ui/dialog.tsx'
import { Field, TextInput } from '../../ui/form.tsx'
import { Menu, MenuItem, MenuLine } from '../../ui/menu.tsx'
import { builtInViews, forgetView, keepView, ownViews, type View } from './views.ts'

export interface ViewsMenuProps {
  readonly filter: string
  readonly onApply: (filter: string) => void
}

/** Applies a view, keeps the present filter as one, and removes those that were kept. */
export function ViewsMenu({ filter, onApply }: ViewsMenuProps) {
  const t = useTexts('jobs')
  const own = useStore(ownViews)
  const [asking, setAsking] = useState<'save' | 'manage' | null>(null)
  const icon = <Bookmark className="size-4 shrink-0 text-faint" aria-hidden />
  return (
    <>
      <Menu trigger={<Button icon={<Bookmark className="size-4" aria-hidden />}>{t('views.title')}</Button>}>
        {Object.entries(builtInViews).map(([key, view]) => (
          <MenuItem key={key} icon={icon} onSelect={() => onApply(view)}>
            {t(`views.builtIn.${key}`)}
          </MenuItem>
        ))}
        {own.length > 0 && <MenuLine />}
        {own.map((view) => (
          <MenuItem key={view.name} icon={icon} onSelect={() => onApply(view.filter)}>
            <span className="max-w-60 truncate">{view.name}</span>
          </MenuItem>
        ))}
        <MenuLine />
        <MenuItem
          icon={<BookmarkPlus className="size-4" aria-hidden />}
          disabled={filter === ''}
          onSelect={() => setAsking('save')}
        >
          {t('views.save')}
        </MenuItem>
        {own.length > 0 && (
          <MenuItem icon={<Trash2 className="size-4" aria-hidden />} onSelect={() => setAsking('manage')}>
            {t('views.manage')}
          </MenuItem>
        )}
      </Menu>
      <Dialog
        open={asking === 'save'}
        onOpenChange={() => setAsking(null)}
        title={t('views.save')}
        description={t('views.saveText')}
      >
        <SaveForm filter={filter} own={own} onDone={() => setAsking(null)} />
      </Dialog>
      <Dialog
        open={asking === 'manage'}
        onOpenChange={() => setAsking(null)}
        title={t('views.manage')}
        description={t('views.manageText')}
      >
        <ul className="divide-y divide-line">
          {own.map((view) => (
            <li key={view.name} className="flex items-center gap-3 py-1.5">
              <span className="min-w-0 flex-1">
                <span className="block truncate text-[13px]">{view.name}</span>
                <code className="block truncate font-mono text-faint text-xs">{view.filter}</code>
              </span>
              <IconButton label={t('views.delete', { name: view.name })} onClick={() => forgetView(view.name)}>
                <Trash2 className="size-4" aria-hidden />
              </IconButton>
            </li>
          ))}
          {own.length === 0 && <li className="py-2 text-[13px] text-soft">{t('views.none')}</li>}
        </ul>
      </Dialog>
    </>
  )
}

function SaveForm({
  filter,
  own,
  onDone,
}: {
  readonly filter: string
  readonly own: readonly View[]
  readonly onDone: () => void
}) {
  const t = useTexts('jobs')
  const [name, setName] = useState('')
  const trimmed = name.trim()
  const exists = own.some((view) => view.name === trimmed)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        keepView({ name: trimmed, filter })
        onDone()
      }}
    >
      <code className="mb-3 block break-words rounded-md border border-line bg-canvas px-2.5 py-1.5 font-mono text-[12px]">
        {filter}
      </code>
      <Field label={t('views.name')} help={exists ? t('views.replaces') : undefined}>
        {(ids) => <TextInput {...ids} value={name} onChange={setName} maxLength={60} required />}
      </Field>
      <DialogActions>
        <Button onClick={onDone}>{t('cancel')}</Button>
        <Button type="submit" kind="primary" disabled={trimmed === ''}>
          {t('save')}
        </Button>
      </DialogActions>
    </form>
  )
}
