import { type FormEvent, useState } from 'react'
import { useDo } from '../data/read.ts'
import { useTexts } from '../lib/texts.ts'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogActions } from '../ui/dialog.tsx'
import { Field, TextInput } from '../ui/form.tsx'
import { ErrorText } from '../ui/problem.tsx'

interface Props {
  readonly onOpenChange: (open: boolean) => void
}

export default function PasswordDialog({ onOpenChange }: Props) {
  const t = useTexts('shell')
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const change = useDo('auth.password', {
    said: t('password.done'),
    quiet: true,
    after: () => {
      setCurrent('')
      setNext('')
      onOpenChange(false)
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    change.mutate({ current, password: next })
  }
  return (
    <Dialog open onOpenChange={onOpenChange} title={t('password.title')}>
      <form onSubmit={submit} className="space-y-3">
        <Field label={t('password.current')}>
          {(ids) => (
            <TextInput
              {...ids}
              type="password"
              autoComplete="current-password"
              required
              value={current}
              onChange={setCurrent}
            />
          )}
        </Field>
        <Field label={t('password.next')} help={t('password.help')}>
          {(ids) => (
            <TextInput {...ids} type="password" autoComplete="new-password" required value={next} onChange={setNext} />
          )}
        </Field>
        <ErrorText error={change.error} />
        <DialogActions>
          <Button onClick={() => onOpenChange(false)}>{t('cancel')}</Button>
          <Button kind="primary" type="submit" busy={change.isPending}>
            {t('save')}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}
