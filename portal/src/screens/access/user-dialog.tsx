import { Dices } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { useDo } from '../../data/read.ts'
import { useTexts } from '../../lib/texts.ts'
import { Button } from '../../ui/button.tsx'
import { CopyButton } from '../../ui/copy.tsx'
import { Dialog, DialogActions } from '../../ui/dialog.tsx'
import { Field, Select, TextInput } from '../../ui/form.tsx'
import { ErrorText } from '../../ui/problem.tsx'
import { errorOf, otherError } from './errors.ts'
import { suggestPassword } from './password.ts'
import type { User } from './users.tsx'

const roles = ['viewer', 'operator', 'admin'] as const
const fields = ['email', 'name', 'role', 'password']

/** @param user null for a new one */
export function UserDialog({ user, onClose }: { readonly user: User | null; readonly onClose: () => void }) {
  const t = useTexts('access')
  const [email, setEmail] = useState('')
  const [name, setName] = useState(user?.name ?? '')
  const [role, setRole] = useState(user?.role ?? 'viewer')
  const [password, setPassword] = useState('')
  const create = useDo('users.create', {
    quiet: true,
    said: (made) => t('added', { name: made.email }),
    after: onClose,
  })
  const update = useDo('users.update', {
    quiet: true,
    said: (made) => t('changed', { name: made.email }),
    after: onClose,
  })
  const error = create.error ?? update.error
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const named = name.trim()
    if (user === null) create.mutate({ email: email.trim(), password, role, ...(named !== '' && { name: named }) })
    else
      update.mutate({
        id: user.id,
        ...(named !== '' && named !== user.name && { name: named }),
        ...(role !== user.role && { role }),
        ...(password !== '' && { password }),
      })
  }
  return (
    <Dialog
      open
      onOpenChange={(open) => open || onClose()}
      title={user === null ? t('addUser') : t('changeUser', { name: user.email })}
      description={user === null ? t('addUserText') : undefined}
    >
      <form onSubmit={submit} className="space-y-3">
        {user === null && (
          <Field label={t('email')} error={errorOf(error, 'email')}>
            {(ids) => <TextInput {...ids} type="email" required value={email} onChange={setEmail} />}
          </Field>
        )}
        <Field label={t('name')} help={user === null ? t('nameHelp') : undefined} error={errorOf(error, 'name')}>
          {(ids) => <TextInput {...ids} maxLength={200} value={name} onChange={setName} />}
        </Field>
        <Field label={t('roleName')} help={t(`roleHelp.${role}`)} error={errorOf(error, 'role')}>
          {(ids) => (
            <Select {...ids} value={role} onChange={setRole} options={roles.map((one) => [one, t(`role.${one}`)])} />
          )}
        </Field>
        <Field
          label={t('password')}
          help={user === null ? t('passwordHelp') : t('passwordKeep')}
          error={errorOf(error, 'password')}
        >
          {(ids) => (
            <span className="flex items-center gap-1.5">
              <TextInput
                {...ids}
                mono
                required={user === null}
                minLength={10}
                maxLength={128}
                value={password}
                onChange={setPassword}
              />
              {password !== '' && <CopyButton text={password} label={t('passwordCopy')} />}
              <Button onClick={() => setPassword(suggestPassword())} icon={<Dices className="size-3.5" aria-hidden />}>
                {t('passwordSuggest')}
              </Button>
            </span>
          )}
        </Field>
        <ErrorText error={otherError(error, fields)} />
        <DialogActions>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button kind="primary" type="submit" busy={create.isPending || update.isPending}>
            {user === null ? t('add') : t('save')}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}
