import { type FormEvent, useState } from 'react'
import { isRotaError, type Role } from 'rota/client'
import { home } from '../../data/client.ts'
import { type Output, useDo } from '../../data/read.ts'
import { useTexts } from '../../lib/texts.ts'
import { Button } from '../../ui/button.tsx'
import { CodeBlock } from '../../ui/copy.tsx'
import { Dialog, DialogActions } from '../../ui/dialog.tsx'
import { Field, Select, TextInput } from '../../ui/form.tsx'
import { ErrorText } from '../../ui/problem.tsx'
import { errorOf, otherError } from './errors.ts'

const roles: readonly Role[] = ['viewer', 'operator', 'worker', 'admin']
const ends = ['30d', '90d', '365d', 'never'] as const
const fields = ['name', 'role', 'lanes', 'expiresIn']

/** Makes a key, then shows it this once. */
export function KeyDialog({ onClose }: { readonly onClose: () => void }) {
  const t = useTexts('access')
  const [made, setMade] = useState<Output<'keys.create'> | null>(null)
  return (
    <Dialog
      open
      onOpenChange={(open) => open || onClose()}
      title={made === null ? t('makeKey') : t('keyMade', { name: made.name })}
      description={made === null ? t('makeKeyText') : t('keyOnce')}
    >
      {made === null ? (
        <Form onClose={onClose} onMade={setMade} />
      ) : (
        <>
          <CodeBlock text={made.key} label={t('theKey')} />
          <p className="mt-3 text-[13px] text-soft">{t('keyUse')}</p>
          <div className="mt-1.5">
            <CodeBlock
              text={`curl -H "Authorization: Bearer $ROTA_TOKEN" \\
  ${new URL('api/auth/me', home).href}`}
              label={t('keyExample')}
            />
          </div>
          <DialogActions>
            <Button kind="primary" onClick={onClose}>
              {t('keyStored')}
            </Button>
          </DialogActions>
        </>
      )}
    </Dialog>
  )
}

interface FormProps {
  readonly onClose: () => void
  readonly onMade: (made: Output<'keys.create'>) => void
}

function Form({ onClose, onMade }: FormProps) {
  const t = useTexts('access')
  const [name, setName] = useState('')
  const [role, setRole] = useState<Role>('operator')
  const [lanes, setLanes] = useState('')
  const [end, setEnd] = useState<(typeof ends)[number]>('90d')
  const create = useDo('keys.create', { quiet: true, after: onMade })
  const error = create.error
  // Such as `lanes.1`: the server names the one that is wrong.
  const laneError = isRotaError(error) && error.field?.startsWith('lanes') ? t('keyLanesBad') : null
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const list = lanes.split(/[\s,]+/).filter((lane) => lane !== '')
    create.mutate({
      name: name.trim(),
      role,
      ...(list.length > 0 && { lanes: list }),
      ...(end !== 'never' && { expiresIn: end }),
    })
  }
  return (
    <form onSubmit={submit} className="space-y-3">
      <Field label={t('keyName')} help={t('keyNameHelp')} error={errorOf(error, 'name')}>
        {(ids) => <TextInput {...ids} required maxLength={200} value={name} onChange={setName} />}
      </Field>
      <Field label={t('roleName')} help={t(`roleHelp.${role}`)} error={errorOf(error, 'role')}>
        {(ids) => (
          <Select {...ids} value={role} onChange={setRole} options={roles.map((one) => [one, t(`role.${one}`)])} />
        )}
      </Field>
      <Field label={t('keyLanes')} help={t('keyLanesHelp')} error={laneError}>
        {(ids) => <TextInput {...ids} value={lanes} onChange={setLanes} placeholder={t('allLanes')} />}
      </Field>
      <Field label={t('expires')} error={errorOf(error, 'expiresIn')}>
        {(ids) => (
          <Select {...ids} value={end} onChange={setEnd} options={ends.map((one) => [one, t(`ends.${one}`)])} />
        )}
      </Field>
      <ErrorText error={laneError === null ? otherError(error, fields) : null} />
      <DialogActions>
        <Button onClick={onClose}>{t('cancel')}</Button>
        <Button kind="primary" type="submit" busy={create.isPending}>
          {t('makeKey')}
        </Button>
      </DialogActions>
    </form>
  )
}
