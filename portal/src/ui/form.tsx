/** Fields of forms. Each has its label, what it means, and the error of the server that names it. */
import { type ComponentProps, type ReactNode, useId } from 'react'
import { cx } from '../lib/cx.ts'

const box =
  'w-full rounded-md border border-line-strong bg-surface px-2.5 text-[13px] placeholder:text-faint disabled:opacity-60 aria-invalid:border-danger'

export interface FieldProps {
  readonly label: ReactNode
  readonly help?: ReactNode
  readonly error?: string | null | undefined
  readonly className?: string
  readonly children: (ids: {
    readonly id: string
    readonly 'aria-describedby'?: string
    readonly 'aria-invalid'?: true
  }) => ReactNode
}

/** `<Field label="Name" help="…">{(ids) => <TextInput {...ids} value=… onChange=… />}</Field>` */
export function Field({ label, help, error, className, children }: FieldProps) {
  const id = useId()
  const told = error ?? help
  return (
    <div className={cx('min-w-0', className)}>
      <label htmlFor={id} className="mb-1 block font-medium text-[13px]">
        {label}
      </label>
      {children({
        id,
        ...(told && { 'aria-describedby': `${id}-help` }),
        ...(error && { 'aria-invalid': true as const }),
      })}
      {told && (
        <p id={`${id}-help`} className={cx('mt-1 break-words text-xs', error ? 'text-danger' : 'text-faint')}>
          {told}
        </p>
      )}
    </div>
  )
}

type Text = Omit<ComponentProps<'input'>, 'onChange' | 'value'> & {
  readonly value: string
  readonly onChange: (value: string) => void
  readonly mono?: boolean
}

export const TextInput = ({ onChange, className, mono = false, ...rest }: Text) => (
  <input
    type="text"
    autoComplete="off"
    spellCheck={false}
    {...rest}
    onChange={(e) => onChange(e.target.value)}
    className={cx(box, 'h-8.5', mono && 'font-mono text-[12px]', className)}
  />
)

type Area = Omit<ComponentProps<'textarea'>, 'onChange' | 'value'> & {
  readonly value: string
  readonly onChange: (value: string) => void
}

export const TextArea = ({ onChange, className, ...rest }: Area) => (
  <textarea
    rows={5}
    spellCheck={false}
    {...rest}
    onChange={(e) => onChange(e.target.value)}
    className={cx(box, 'py-2 font-mono text-[12px] leading-relaxed', className)}
  />
)

type Choice<T extends string> = Omit<ComponentProps<'select'>, 'onChange' | 'value'> & {
  readonly value: T
  readonly onChange: (value: T) => void
  readonly options: readonly (readonly [value: T, label: string])[]
}

export const Select = <T extends string>({ value, onChange, options, className, ...rest }: Choice<T>) => (
  <select
    {...rest}
    value={value}
    onChange={(e) => onChange(e.target.value as T)}
    className={cx(box, 'h-8.5 pr-7', className)}
  >
    {options.map(([own, label]) => (
      <option key={own} value={own}>
        {label}
      </option>
    ))}
  </select>
)

export function CheckBox({
  label,
  checked,
  onChange,
  disabled,
}: {
  readonly label: ReactNode
  readonly checked: boolean
  readonly onChange: (checked: boolean) => void
  readonly disabled?: boolean
}) {
  return (
    <label className="inline-flex items-center gap-2 text-[13px]">
      <input
        type="checkbox"
        checked={checked}
        disabled={disabled}
        onChange={(e) => onChange(e.target.checked)}
        className="size-4 accent-[var(--accent)]"
      />
      {label}
    </label>
  )
}
