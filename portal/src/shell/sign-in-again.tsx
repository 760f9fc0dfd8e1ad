import { type FormEvent, useState } from 'react'
import { cache, home, rota } from '../data/client.ts'
import { sessionIsOver, useMe } from '../data/me.ts'
import { useTexts } from '../lib/texts.ts'
import { Button, buttonClass } from '../ui/button.tsx'
import { Dialog, DialogActions } from '../ui/dialog.tsx'
import { Field, TextInput } from '../ui/form.tsx'
import { ErrorText } from '../ui/problem.tsx'

/** Over the page, when a session has ended: what stands in its forms stays. */
export default function SignInAgain() {
  const t = useTexts('shell')
  const me = useMe()
  const [password, setPassword] = useState('')
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const email = me?.email ?? ''
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    setError(null)
    try {
      await rota.auth.login({ email, password })
      sessionIsOver.set(false)
      await cache.invalidateQueries()
    } catch (thrown) {
      setError(thrown)
    } finally {
      setBusy(false)
    }
  }
  return (
    <Dialog open onOpenChange={() => {}} title={t('again.title')} description={t('again.text', { email })}>
      <form onSubmit={(event) => void submit(event)} className="space-y-3">
        <Field label={t('again.password')}>
          {(ids) => (
            <TextInput
              {...ids}
              type="password"
              autoComplete="current-password"
              required
              value={password}
              onChange={setPassword}
            />
          )}
        </Field>
        <ErrorText error={error} />
        <DialogActions>
          <a href={new URL('sign-in', home).href} className={buttonClass()}>
            {t('again.leave')}
          </a>
          <Button kind="primary" type="submit" busy={busy}>
            {t('again.signIn')}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}
