/** Lists of names and values. */
import { KeyRound, Plus, X } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTexts } from '../../../lib/texts.ts'
import { Button, IconButton } from '../../../ui/button.tsx'
import { TextInput } from '../../../ui/form.tsx'
import { type Draft, type Row, row, type SecretRow, secretRow } from './draft.ts'
import { type Place, useField } from './errors.ts'
import { useEditing } from './fields.tsx'

type RowsName = { [K in keyof Draft]: Draft[K] extends readonly Row[] ? K : never }[keyof Draft]

interface FrameProps {
  readonly name: RowsName
  readonly place: Place
  readonly onAdd: () => void
  readonly children: ReactNode
}

function Frame({ name, place, onAdd, children }: FrameProps) {
  const t = useTexts('handler')
  const { label, help, error } = useField(place, name)
  return (
    <fieldset className="min-w-0">
      <legend className="mb-0.5 font-medium text-[13px]">{label}</legend>
      <p
        className={`mb-1.5 break-words text-xs ${error ? 'text-danger' : 'text-faint'}`}
        role={error ? 'alert' : undefined}
      >
        {error ?? help}
      </p>
      <ul className="space-y-2 not-empty:mb-2">{children}</ul>
      <Button
        small
        icon={<Plus className="size-3.5" aria-hidden />}
        aria-label={t('rows.addTo', { name: label })}
        onClick={onAdd}
      >
        {t('rows.add')}
      </Button>
    </fieldset>
  )
}

interface RowsProps {
  readonly name: RowsName
  readonly place: Place
  /** What stands left and right; without the left one there are only values. */
  readonly names?: string
  readonly values: string
}

export function Rows({ name, place, names, values }: RowsProps) {
  const t = useTexts('handler')
  const { draft, set } = useEditing()
  const rows: readonly Row[] = draft[name]
  const put = (key: number, change: Partial<Row>) =>
    set({ [name]: rows.map((one) => (one.key === key ? { ...one, ...change } : one)) })
  return (
    <Frame name={name} place={place} onAdd={() => set({ [name]: [...rows, row()] })}>
      {rows.map((one, i) => (
        <li key={one.key} className="flex items-center gap-2">
          {names !== undefined && (
            <TextInput
              mono
              aria-label={`${names} ${i + 1}`}
              placeholder={names}
              value={one.name}
              onChange={(next) => put(one.key, { name: next })}
              className="basis-2/5"
            />
          )}
          <TextInput
            mono
            aria-label={`${values} ${i + 1}`}
            placeholder={values}
            value={one.value}
            onChange={(value) => put(one.key, { value })}
          />
          <IconButton
            label={t('rows.remove', { at: i + 1 })}
            onClick={() => set({ [name]: rows.filter(({ key }) => key !== one.key) })}
          >
            <X className="size-4" aria-hidden />
          </IconButton>
        </li>
      ))}
    </Frame>
  )
}

/** Their values are never shown: a stored one is kept or replaced. */
export function SecretRows() {
  const t = useTexts('handler')
  const { draft, set } = useEditing()
  const { secrets } = draft
  const put = (key: number, change: Partial<SecretRow>) =>
    set({ secrets: secrets.map((one) => (one.key === key ? { ...one, ...change } : one)) })
  return (
    <Frame name="secrets" place="http.secretHeaders" onAdd={() => set({ secrets: [...secrets, secretRow()] })}>
      {secrets.map((one, i) => (
        <li key={one.key} className="flex items-center gap-2">
          {one.stored ? (
            <code className="min-w-0 basis-2/5 truncate font-mono text-[12px]">{one.name}</code>
          ) : (
            <TextInput
              mono
              aria-label={`${t('rows.header')} ${i + 1}`}
              placeholder={t('rows.header')}
              value={one.name}
              onChange={(name) => put(one.key, { name })}
              className="basis-2/5"
            />
          )}
          {one.stored && !one.replace ? (
            <span className="flex min-h-8.5 min-w-0 flex-1 items-center gap-2 text-[13px] text-soft">
              <KeyRound className="size-3.5 shrink-0" aria-hidden />
              <span className="min-w-0 flex-1 truncate">{t('rows.stored')}</span>
              <Button
                small
                aria-label={t('rows.replaceNamed', { name: one.name })}
                onClick={() => put(one.key, { replace: true })}
              >
                {t('rows.replace')}
              </Button>
            </span>
          ) : (
            <>
              <TextInput
                mono
                type="password"
                autoComplete="new-password"
                aria-label={one.stored ? t('rows.newValue', { name: one.name }) : `${t('rows.secret')} ${i + 1}`}
                placeholder={t('rows.secret')}
                value={one.value}
                onChange={(value) => put(one.key, { value })}
              />
              {one.stored && (
                <Button
                  small
                  aria-label={t('rows.keepNamed', { name: one.name })}
                  onClick={() => put(one.key, { replace: false, value: '' })}
                >
                  {t('rows.keep')}
                </Button>
              )}
            </>
          )}
          <IconButton
            label={t('rows.remove', { at: i + 1 })}
            onClick={() => set({ secrets: secrets.filter(({ key }) => key !== one.key) })}
          >
            <X className="size-4" aria-hidden />
          </IconButton>
        </li>
      ))}
    </Frame>
  )
}
