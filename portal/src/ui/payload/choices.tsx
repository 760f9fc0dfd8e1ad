/** One of several: fixed values, yes or no, or shapes that a value may have. */
import { useState } from 'react'
import { useTexts } from '../../lib/texts.ts'
import { CheckBox, Field, Select } from '../form.tsx'
import { useHelp } from './inputs.tsx'
import { Part, PartName, type PartProps, usePart } from './parts.tsx'
import type { ChoiceShape, EnumShape, FlagShape, Shape } from './shape.ts'
import { blank, blankItem, fits, isSame } from './values.ts'

const longest = 80
const shown = (value: unknown): string =>
  (typeof value === 'string' && value !== '' ? value : JSON.stringify(value)).slice(0, longest)

export function EnumPart(props: PartProps<EnumShape>) {
  const { shape, value, required, onChange } = props
  const t = useTexts('payload')
  const help = useHelp(shape)
  const { error, onBlur } = usePart(props)
  const at = value === undefined ? -1 : shape.values.findIndex((one) => isSame(one, value))
  const none = value === undefined || !required ? [['-1', required ? t('choose') : t('leftOut')] as const] : []
  return (
    <Field label={<PartName {...props} />} help={help} error={error}>
      {(ids) => (
        <Select
          {...ids}
          className="max-w-80"
          value={String(at)}
          onChange={(index) => onChange(shape.values[Number(index)])}
          onBlur={onBlur}
          aria-required={required}
          options={[...none, ...shape.values.map((one, i) => [String(i), shown(one)] as const)]}
        />
      )}
    </Field>
  )
}

export function FlagPart(props: PartProps<FlagShape>) {
  const { shape, value, required, onChange } = props
  const t = useTexts('payload')
  const help = useHelp(shape)
  const { error } = usePart(props)
  if (required)
    return (
      <div>
        <CheckBox label={<PartName {...props} required={false} />} checked={value === true} onChange={onChange} />
        {(error ?? help) && (
          <p className={`mt-1 break-words text-xs ${error ? 'text-danger' : 'text-faint'}`}>{error ?? help}</p>
        )}
      </div>
    )
  const texts = { '': t('leftOut'), true: 'true', false: 'false' }
  return (
    <Field label={<PartName {...props} />} help={help} error={error}>
      {(ids) => (
        <Select
          {...ids}
          className="max-w-80"
          value={value === undefined ? '' : value === true ? 'true' : 'false'}
          onChange={(text) => onChange(text === '' ? undefined : text === 'true')}
          options={Object.entries(texts) as [keyof typeof texts, string][]}
        />
      )}
    </Field>
  )
}

export function ChoicePart(props: PartProps<ChoiceShape>) {
  const { shape, name, value, required, onChange } = props
  const t = useTexts('payload')
  const help = useHelp(shape)
  const fitting = shape.cases.findIndex((one) => fits(one, value))
  const [asked, setAsked] = useState<number | null>(null)
  const isAsked = asked !== null && asked >= 0 && (value === undefined || fits(shape.cases[asked] as Shape, value))
  const chosen = isAsked ? asked : value === undefined ? -1 : fitting
  const one = shape.cases[chosen]
  const choose = (index: number) => {
    setAsked(index)
    const next = shape.cases[index]
    onChange(next && (blank(next) ?? (next.kind === 'enum' ? blankItem(next) : undefined)))
  }
  const none = required && chosen !== -1 ? [] : [['-1', required ? t('choose') : t('leftOut')] as const]
  return (
    <div className="space-y-2">
      <Field label={<PartName {...props} />} help={help}>
        {(ids) => (
          <Select
            {...ids}
            className="max-w-80"
            value={String(chosen)}
            onChange={(index) => choose(Number(index))}
            options={[
              ...none,
              ...shape.cases.map(
                (own, i) => [String(i), own.title ?? t(`kind.${own.kind}`, { value: constantOf(own) })] as const,
              ),
            ]}
          />
        )}
      </Field>
      {one !== undefined && !(one.kind === 'enum' && one.values.length === 1) && (
        <div className="border-line border-l-2 pl-3">
          <Part
            {...props}
            key={chosen}
            shape={{
              ...one,
              title: one.kind === 'group' ? (one.title ?? name) : t('valueOf', { name: shape.title ?? name }),
            }}
            required
            value={value}
          />
        </div>
      )}
    </div>
  )
}

/** What a case is called by: its constant, or that of one of its properties. */
function constantOf(shape: Shape): string {
  if (shape.kind === 'enum') return shape.values.length === 1 ? shown(shape.values[0]) : ''
  if (shape.kind !== 'group') return ''
  const fixed = shape.fields.find((field) => field.shape.kind === 'enum' && field.shape.values.length === 1)
  return fixed === undefined ? '' : `: ${constantOf(fixed.shape)}`
}
