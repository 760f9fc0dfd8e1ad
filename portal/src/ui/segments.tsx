import { type ReactNode, useId } from 'react'
import { cx } from '../lib/cx.ts'

export interface SegmentsProps<T extends string> {
  /** Read out. */
  readonly label: string
  readonly value: T
  readonly onChange: (value: T) => void
  readonly options: readonly (readonly [value: T, label: ReactNode])[]
  readonly disabled?: boolean
}

/** One of a few, side by side. Arrow keys go from one to the next. */
export function Segments<T extends string>({ label, value, onChange, options, disabled = false }: SegmentsProps<T>) {
  const name = useId()
  return (
    <fieldset
      aria-label={label}
      disabled={disabled}
      className="inline-flex max-w-full flex-wrap gap-0.5 rounded-md border border-line-strong bg-canvas p-0.5"
    >
      {options.map(([own, text]) => (
        <label
          key={own}
          className={cx(
            'flex h-7 cursor-pointer items-center gap-1.5 whitespace-nowrap rounded px-2.5 font-medium text-[13px] has-[:focus-visible]:outline-2 has-[:focus-visible]:outline-accent has-[:focus-visible]:outline-offset-1',
            own === value ? 'bg-surface text-ink shadow-sm ring-1 ring-line-strong' : 'text-soft hover:text-ink',
          )}
        >
          <input type="radio" name={name} checked={own === value} onChange={() => onChange(own)} className="sr-only" />
          {text}
        </label>
      ))}
    </fieldset>
  )
}
