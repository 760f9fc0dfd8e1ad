import { type FormEvent, useState } from 'react'
import { isRotaError } from 'rota/client'
import { rota } from '../../data/client.ts'
import { useTexts } from '../../lib/texts.ts'
import { Button } from '../../ui/button.tsx'
import { Field, TextInput } from '../../ui/form.tsx'
import { ErrorText } from '../../ui/problem.tsx'
import { EmailField, NameField, PasswordField } from './fields.tsx'

interface Props {
  readonly action: string
  /** Asks for the set-up token as soon as it may be needed. */
  readonly isFirst: boolean
  readonly onDone: () => void
}

/** At the machine itself no token is needed. */
const isFar = !/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(location.hostname)

/** Makes an account and signs in with it. */
export function RegisterForm({ action, isFirst, onDone }: Props) {
  const t = useTexts('signin')
  const [name, setName] = useState('')
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const [token, setToken] = useState('')
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const field = isRotaError(error) ? error.field : undefined
  const asksToken = isFirst && (isFar || field === 'setupToken')
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    setError(null)
    try {
      const setupToken = token.trim()
      await rota.auth.register({
        email,
        password,
        ...(name.trim() !== '' && { name: name.trim() }),
        ...(setupToken !== '' && { setupToken }),
      })
      onDone()
    } catch (thrown) {
      setError(thrown)
    } finally {
      setBusy(false)
    }
  }
  const at = (one: string) => (field === one ? (error as Error).message : null)
  const shown =
    field !== undefined && (['email', 'password', 'name'].includes(field) || (field === 'setupToken' && asksToken))
  return (
    <form onSubmit={(event) => void submit(event)} className="space-y-4">
      <NameField value={name} onChange={setName} error={at('name')} />
      <EmailField value={email} onChange={setEmail} error={at('email')} />
      <PasswordField
        isNew
        value={password}
        onChange={setPassword}
        error={field === 'password' ? t('passwordLength') : null}
      />
      {asksToken && (
        <Field
          label={t('token')}
          help={t('tokenHelp')}
          error={token === '' && field === 'setupToken' ? t('tokenNeeded') : at('setupToken')}
        >
          {(ids) => <TextInput {...ids} mono name="setup-token" required={isFar} value={token} onChange={setToken} />}
        </Field>
      )}
      {!shown && <ErrorText error={error} />}
      <Button kind="primary" type="submit" busy={busy} className="w-full">
        {action}
      </Button>
    </form>
  )
}
