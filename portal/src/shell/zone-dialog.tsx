import { type FormEvent, useState } from 'react'
import { useTexts } from '../lib/texts.ts'
import { isZone, zone } from '../lib/time.ts'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogActions } from '../ui/dialog.tsx'
import { Field, TextInput } from '../ui/form.tsx'

const all = Intl.supportedValuesOf('timeZone')

interface Props {
  readonly open: boolean
  readonly onOpenChange: (open: boolean) => void
}

export function ZoneDialog({ open, onOpenChange }: Props) {
  const t = useTexts('shell')
  const [name, setName] = useState('')
  const [bad, setBad] = useState(false)
  const use = (event: FormEvent) => {
    event.preventDefault()
    const given = name.trim()
    if (given === '' || !isZone(given)) return setBad(true)
    zone.set(given)
    onOpenChange(false)
  }
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t('top.zone')}>
      <form onSubmit={use}>
        <Field label={t('zone.zonePrompt')} help={t('zone.zoneHelp')} error={bad ? t('zone.zoneBad') : null}>
          {(ids) => (
            <TextInput
              {...ids}
              list="zones"
              value={name}
              onChange={(value) => {
                setName(value)
                setBad(false)
              }}
            />
          )}
        </Field>
        <datalist id="zones">
          {all.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
        <DialogActions>
          <Button onClick={() => onOpenChange(false)}>{t('cancel')}</Button>
          <Button kind="primary" type="submit">
            {t('zone.zoneUse')}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}
