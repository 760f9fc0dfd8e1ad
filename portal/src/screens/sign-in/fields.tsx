import { useTexts } from '../../lib/texts.ts'
import { Field, TextInput } from '../../ui/form.tsx'

interface Props {
  readonly value: string
  readonly onChange: (value: string) => void
  readonly error?: string | null | undefined
}

export function EmailField(props: Props) {
  const t = useTexts('signin')
  return (
    <Field label={t('email')} error={props.error}>
      {(ids) => (
        <TextInput
          {...ids}
          type="email"
          name="email"
          autoComplete="username"
          required
          autoFocus
          value={props.value}
          onChange={props.onChange}
        />
      )}
    </Field>
  )
}

export function PasswordField({ isNew, ...props }: Props & { readonly isNew: boolean }) {
  const t = useTexts('signin')
  return (
    <Field label={t('password')} help={isNew ? t('passwordHelp') : undefined} error={props.error}>
      {(ids) => (
        <TextInput
          {...ids}
          type="password"
          name="password"
          autoComplete={isNew ? 'new-password' : 'current-password'}
          required
          minLength={isNew ? 10 : undefined}
          value={props.value}
          onChange={props.onChange}
        />
      )}
    </Field>
  )
}

export function NameField(props: Props) {
  const t = useTexts('signin')
  return (
    <Field label={t('name')} help={t('nameHelp')} error={props.error}>
      {(ids) => (
        <TextInput
          {...ids}
          name="name"
          autoComplete="name"
          maxLength={200}
          value={props.value}
          onChange={props.onChange}
        />
      )}
    </Field>
  )
}
