import { Search, X } from 'lucide-react'
import { useEffect, useId, useState } from 'react'
import { cx } from '../lib/cx.ts'
import { useTexts } from '../lib/texts.ts'

export interface FilterTextProps {
  readonly label: string
  readonly placeholder?: string
  readonly value: string
  /** When it is entered: by Enter, by going elsewhere, by choosing a suggestion; or with each letter, see `live`. */
  readonly onChange: (value: string) => void
  /** The list is at hand, so each letter counts. @default false */
  readonly live?: boolean
  readonly suggestions?: readonly string[]
  /** `/` goes to it. */
  readonly main?: boolean
  readonly className?: string
}

/** One text that a list is filtered by. */
export function FilterText({
  label,
  placeholder,
  value,
  onChange,
  suggestions = [],
  live = false,
  main = false,
  className,
}: FilterTextProps) {
  const t = useTexts('common')
  const id = useId()
  const [text, setText] = useState(value)
  useEffect(() => setText(value), [value])
  const enter = (next = text) => {
    if (!live && next.trim() !== value) onChange(next.trim())
  }
  return (
    <form
      className={cx('relative min-w-0', className)}
      onSubmit={(event) => {
        event.preventDefault()
        enter()
      }}
    >
      <Search
        className="pointer-events-none absolute top-1/2 left-2.5 size-3.5 -translate-y-1/2 text-faint"
        aria-hidden
      />
      <input
        type="text"
        aria-label={label}
        placeholder={placeholder ?? label}
        autoComplete="off"
        spellCheck={false}
        list={suggestions.length > 0 ? id : undefined}
        data-filter={main || undefined}
        value={text}
        onChange={({ target }) => {
          setText(target.value)
          if (live) onChange(target.value)
          else if (suggestions.includes(target.value)) enter(target.value)
        }}
        onBlur={() => enter()}
        className="h-8.5 w-full rounded-md border border-line-strong bg-surface pr-8 pl-8 text-[13px] placeholder:text-faint"
      />
      {suggestions.length > 0 && (
        <datalist id={id}>
          {suggestions.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
      )}
      {text !== '' && (
        <button
          type="button"
          aria-label={`${t('clearFilter')}: ${label}`}
          onClick={() => {
            setText('')
            onChange('')
          }}
          className="absolute top-1/2 right-1.5 inline-flex size-6 -translate-y-1/2 items-center justify-center rounded text-faint hover:bg-hover hover:text-ink"
        >
          <X className="size-3.5" aria-hidden />
        </button>
      )}
    </form>
  )
}
