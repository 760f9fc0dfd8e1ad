import { Link } from '@tanstack/react-router'
import { LogIn } from 'lucide-react'
import { type FormEvent, useRef, useState } from 'react'
import { home, rota } from '../../data/client.ts'
import { useRead } from '../../data/read.ts'
import { useUrlText } from '../../data/url.ts'
import { useTexts } from '../../lib/texts.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { ErrorText } from '../../ui/problem.tsx'
import { SignInCard } from './card.tsx'
import { useEnter } from './enter.ts'
import { EmailField, PasswordField } from './fields.tsx'
import { RegisterForm } from './register.tsx'

const known = [
  'access_denied',
  'not_allowed',
  'account_not_linked',
  'email_not_found',
  'state_mismatch',
  'please_restart_the_process',
] as const

/** For who is not signed in, or not any more. */
export default function Screen() {
  const t = useTexts('signin')
  const { enter, back, refused } = useEnter()
  const [how, setHow] = useUrlText('how', 'in')
  const { data: status } = useRead('auth.status', undefined)
  const registers = how === 'register' && status?.registration === true
  const why = known.find((one) => one === refused)
  return (
    <SignInCard title={t(registers ? 'registerTitle' : 'title')} lead={registers ? t('registerLead') : undefined}>
      {refused !== null && (
        <div className="mb-4">
          <ErrorText error={t(`refused.${why ?? 'other'}`, { code: refused.slice(0, 80) })} />
        </div>
      )}
      {status?.setup && (
        <p className="mb-4 rounded-md bg-accent-soft px-3 py-2 text-[13px] text-accent-ink">
          {t('noAdmin')}{' '}
          <Link
            to="/set-up"
            search={(back === undefined ? {} : { back }) as never}
            className="rounded font-medium underline underline-offset-2"
          >
            {t('toSetUp')}
          </Link>
        </p>
      )}
      {registers ? (
        <RegisterForm action={t('register')} isFirst={false} onDone={enter} />
      ) : (
        <SignInForm onDone={enter} />
      )}
      {(status?.providers.length ?? 0) > 0 && (
        <div className="mt-5 border-line border-t pt-4">
          <p className="mb-2 text-center text-faint text-xs">{t('or')}</p>
          <ul className="space-y-2">
            {status?.providers.map(({ id, name }) => (
              <li key={id}>
                <a
                  href={new URL(`api/auth/oidc/${encodeURIComponent(id)}`, home).href}
                  className={`${buttonClass()} w-full min-w-0`}
                >
                  <LogIn className="size-4 shrink-0" aria-hidden />
                  <span className="truncate">{t('by', { name })}</span>
                </a>
              </li>
            ))}
          </ul>
        </div>
      )}
      {status?.registration && (
        <p className="mt-5 text-center text-[13px] text-soft">
          {t(registers ? 'hasAccount' : 'noAccount')}{' '}
          <button
            type="button"
            onClick={() => setHow(registers ? 'in' : 'register')}
            className="rounded font-medium text-accent-ink underline underline-offset-2"
          >
            {t(registers ? 'signIn' : 'toRegister')}
          </button>
        </p>
      )}
    </SignInCard>
  )
}

function SignInForm({ onDone }: { readonly onDone: () => void }) {
  const t = useTexts('signin')
  const form = useRef<HTMLFormElement>(null)
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    setError(null)
    try {
      await rota.auth.login({ email, password })
      onDone()
    } catch (thrown) {
      setError(thrown)
      setPassword('')
      const field = form.current?.elements.namedItem('password')
      if (field instanceof HTMLElement) field.focus()
    } finally {
      setBusy(false)
    }
  }
  return (
    <form ref={form} onSubmit={(event) => void submit(event)} className="space-y-4">
      <EmailField value={email} onChange={setEmail} />
      <PasswordField isNew={false} value={password} onChange={setPassword} />
      <ErrorText error={error} />
      <Button kind="primary" type="submit" busy={busy} className="w-full">
        {t('signIn')}
      </Button>
    </form>
  )
}
