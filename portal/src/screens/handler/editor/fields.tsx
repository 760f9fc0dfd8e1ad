/** Fields of the editor, bound to the draft by their names. */
import { ChevronRight } from 'lucide-react'
import { createContext, type ReactNode, useContext, useState } from 'react'
import { cx } from '../../../lib/cx.ts'
import { useTexts } from '../../../lib/texts.ts'
import { Field, Select, TextArea, TextInput } from '../../../ui/form.tsx'
import type { Draft } from './draft.ts'
import { ErrorsAt, type Place, useField } from './errors.ts'

export interface Editing {
  readonly draft: Draft
  readonly set: (change: Partial<Draft>) => void
}

export const EditingAt = createContext<Editing | null>(null)

export function useEditing(): Editing {
  const editing = useContext(EditingAt)
  if (editing === null) throw new Error('a field stands outside the editor')
  return editing
}

/** Names of the draft whose values are texts. */
type TextName = {
  [K in keyof Draft]: Draft[K] extends string ? (string extends Draft[K] ? K : never) : never
}[keyof Draft]

interface TextProps {
  readonly name: TextName
  readonly place: Place
  readonly required?: boolean
  readonly mono?: boolean
  readonly placeholder?: string
  readonly numeric?: boolean
  readonly className?: string
  readonly list?: string
}

export function TextField({ name, place, required, numeric, className, ...rest }: TextProps) {
  const { draft, set } = useEditing()
  const { label, ...told } = useField(place, name)
  return (
    <Field label={<Name label={label} required={required} />} {...told} className={className}>
      {(ids) => (
        <TextInput
          {...ids}
          {...rest}
          aria-required={required}
          inputMode={numeric ? 'numeric' : undefined}
          value={draft[name]}
          onChange={(value) => set({ [name]: value })}
        />
      )}
    </Field>
  )
}

export function Name({ label, required = false }: { readonly label: string; readonly required?: boolean | undefined }) {
  return (
    <>
      {label}
      {required && (
        <span className="ml-0.5 text-danger" aria-hidden>
          *
        </span>
      )}
    </>
  )
}

export function AreaField({
  name,
  place,
  rows = 6,
  placeholder,
}: {
  readonly name: TextName
  readonly place: Place
  readonly rows?: number
  readonly placeholder?: string
}) {
  const { draft, set } = useEditing()
  return (
    <Field {...useField(place, name)}>
      {(ids) => (
        <TextArea
          {...ids}
          rows={rows}
          placeholder={placeholder}
          value={draft[name]}
          onChange={(value) => set({ [name]: value })}
        />
      )}
    </Field>
  )
}

interface ChoiceProps {
  readonly name: keyof Draft
  readonly place: Place
  readonly options: readonly (readonly [string, string])[]
  readonly className?: string
}

export function ChoiceField({ name, place, options, className }: ChoiceProps) {
  const { draft, set } = useEditing()
  return (
    <Field {...useField(place, name)} className={className}>
      {(ids) => (
        <Select {...ids} value={String(draft[name])} options={options} onChange={(value) => set({ [name]: value })} />
      )}
    </Field>
  )
}

export interface SectionProps {
  readonly id: string
  /** With an error at one of them it opens. */
  readonly places?: readonly Place[]
  readonly open?: boolean
  readonly children: ReactNode
}

/** A part of the form that can be folded away. */
export function Section({ id, places = [], open: first = false, children }: SectionProps) {
  const t = useTexts('handler')
  const errors = useContext(ErrorsAt)
  const [open, setOpen] = useState(first)
  const isOpen = open || places.some((place) => Object.hasOwn(errors, place))
  return (
    <section className="card min-w-0">
      <h2 className="font-semibold text-[13px]">
        <button
          type="button"
          aria-expanded={isOpen}
          aria-controls={`section-${id}`}
          onClick={() => setOpen(!isOpen)}
          className="flex min-h-11 w-full items-center gap-2 rounded-[10px] px-4 py-2 text-left hover:bg-hover"
        >
          <ChevronRight
            className={cx('size-4 shrink-0 text-faint transition-transform', isOpen && 'rotate-90')}
            aria-hidden
          />
          {t(`section.${id}.title`)}
          <span className="min-w-0 truncate font-normal text-faint text-xs">{t(`section.${id}.text`)}</span>
        </button>
      </h2>
      <div id={`section-${id}`} hidden={!isOpen} className="space-y-4 border-line border-t px-4 py-4">
        {children}
      </div>
    </section>
  )
}

export const Pair = ({ children }: { readonly children: ReactNode }) => (
  <div className="grid gap-4 sm:grid-cols-2">{children}</div>
)
