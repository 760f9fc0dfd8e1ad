import { type ReactNode, useId } from 'react'
import { cx } from '../../lib/cx.ts'

export interface ChoiceProps<T extends string> {
  readonly legend: string
  readonly value: T
  readonly onChange: (value: T) => void
  /** Each with one line that says what it means. */
  readonly options: readonly { readonly value: T; readonly name: string; readonly text: ReactNode }[]
  readonly error?: string | null
  readonly children?: ReactNode
}

/** One of a few rules, each with what it means. */
export function Choice<T extends string>({ legend, value, onChange, options, error, children }: ChoiceProps<T>) {
  const name = useId()
  return (
    <fieldset className="min-w-0">
      <legend className="mb-1.5 font-medium text-[13px]">{legend}</legend>
      <div className="overflow-hidden rounded-md border border-line-strong">
        {options.map((option, i) => (
          <label
            key={option.value}
            className={cx(
              'flex cursor-pointer items-start gap-2.5 px-3 py-2 text-[13px] has-[:focus-visible]:outline-2 has-[:focus-visible]:outline-accent has-[:focus-visible]:outline-offset-[-2px]',
              i > 0 && 'border-line border-t',
              option.value === value ? 'bg-accent-soft' : 'hover:bg-hover',
            )}
          >
            <input
              type="radio"
              name={name}
              checked={option.value === value}
              onChange={() => onChange(option.value)}
              className="mt-0.5 size-4 shrink-0 accent-[var(--accent)] outline-none"
            />
            <span className="min-w-0">
              <span className="font-medium">{option.name}</span> <span className="text-soft">{option.text}</span>
            </span>
          </label>
        ))}
      </div>
      {children}
      {error && <p className="mt-1 break-words text-danger text-xs">{error}</p>}
    </fieldset>
  )
}
