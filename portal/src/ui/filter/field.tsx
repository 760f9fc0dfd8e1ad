import { CornerDownLeft, Search, X } from 'lucide-react'
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import { cx } from '../../lib/cx.ts'
import { useTexts } from '../../lib/texts.ts'
import { type Suggestion, useSuggestions } from './suggest.ts'

export interface FilterFieldProps {
  /** What is applied. */
  readonly value: string
  readonly onApply: (filter: string) => void
  /** What the server says of it. */
  readonly problem: string | null
}

/** The field for the filter language. It is applied by Enter, when it is left, and when a value of the list is taken. */
export function FilterField({ value, onApply, problem }: FilterFieldProps) {
  const t = useTexts('jobs')
  const id = useId()
  const field = useRef<HTMLInputElement>(null)
  const [draft, setDraft] = useState(value)
  const [caret, setCaret] = useState(0)
  const [open, setOpen] = useState(false)
  const [awake, setAwake] = useState(false)
  const [moved, setMoved] = useState<number | null>(null)
  useEffect(() => setDraft((now) => (now.trim() === value ? now : value)), [value])
  const { word, list, whole } = useSuggestions(draft, caret, awake)
  const shown = open && list.length > 0
  const chosen = moved ?? (word.text === '' || whole ? -1 : 0)
  const changed = draft.trim() !== value

  const write = (text: string, at: number) => {
    setDraft(text)
    setCaret(at)
    setMoved(null)
    setOpen(true)
  }
  const apply = (text = draft) => {
    setOpen(false)
    setMoved(null)
    if (text.trim() !== value) onApply(text.trim())
  }
  const take = (one: Suggestion) => {
    const rest = draft.slice(word.end)
    const text = draft.slice(0, word.start) + one.text + (one.whole && !rest.startsWith(' ') ? ' ' : '') + rest
    const at = word.start + one.text.length + (one.whole ? 1 : 0)
    flushSync(() => write(text, at)) // the caret is set before another letter is typed
    field.current?.setSelectionRange(at, at)
    if (one.whole) apply(text)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const { key } = event
    const one = shown ? list[chosen] : undefined
    if (key === 'ArrowDown' || key === 'ArrowUp') {
      if (!shown) setOpen(true)
      else
        setMoved(
          (chosen + (key === 'ArrowDown' ? 1 : -1) + list.length + (chosen < 0 && key === 'ArrowUp' ? 1 : 0)) %
            list.length,
        )
    } else if (key === 'Enter')
      one && moved !== null ? take(one) : apply() // only what was chosen
    else if (key === 'Tab' && one && !event.shiftKey) take(one)
    else if (key === 'Escape' && shown) setOpen(false)
    else if (key === 'Escape' && changed) setDraft(value)
    else return
    event.preventDefault()
  }
  return (
    <div className="relative min-w-0 flex-1">
      <Search className="pointer-events-none absolute top-2.5 left-3 size-4 text-faint" aria-hidden />
      <input
        ref={field}
        data-filter
        type="text"
        role="combobox"
        aria-label={t('filter.label')}
        aria-expanded={shown}
        aria-controls={id}
        aria-autocomplete="list"
        aria-activedescendant={shown && chosen >= 0 ? `${id}-${chosen}` : undefined}
        aria-invalid={problem !== null || undefined}
        aria-describedby={problem === null ? undefined : `${id}-problem`}
        autoComplete="off"
        spellCheck={false}
        maxLength={2_000}
        placeholder={t('filter.hint')}
        value={draft}
        onChange={(event) => write(event.target.value, event.target.selectionStart ?? event.target.value.length)}
        onSelect={(event) => setCaret(event.currentTarget.selectionStart ?? 0)}
        onFocus={() => setAwake(true)}
        onClick={() => setOpen(true)}
        onBlur={() => apply()}
        onKeyDown={onKeyDown}
        className="h-8.5 w-full rounded-md border border-line-strong bg-surface pr-20 pl-9 font-mono text-[12.5px] placeholder:font-sans placeholder:text-faint aria-invalid:border-danger"
      />
      <span className="absolute top-1.5 right-1.5 flex items-center gap-1">
        {changed && (
          <button
            type="button"
            onClick={() => apply()}
            aria-label={t('filter.apply')}
            className="inline-flex h-6 items-center gap-1 rounded bg-accent-soft px-1.5 text-accent-ink text-xs"
          >
            <CornerDownLeft className="size-3.5" aria-hidden />
          </button>
        )}
        {draft !== '' && (
          <button
            type="button"
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => {
              setDraft('')
              apply('')
            }}
            aria-label={t('clearFilter')}
            className="inline-flex size-6 items-center justify-center rounded text-faint hover:bg-hover hover:text-ink"
          >
            <X className="size-4" aria-hidden />
          </button>
        )}
      </span>
      <div
        role="listbox"
        id={id}
        aria-label={t('filter.suggestions')}
        hidden={!shown}
        className="absolute inset-x-0 top-10 z-30 max-h-96 overflow-y-auto rounded-lg border border-line bg-raised p-1 shadow-lg sm:right-auto sm:min-w-[30rem]"
      >
        {list.map((one, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are heard by the field
          <div
            key={one.text}
            id={`${id}-${i}`}
            role="option"
            tabIndex={-1}
            aria-selected={i === chosen}
            ref={i === chosen ? (row) => row?.scrollIntoView({ block: 'nearest' }) : undefined}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => take(one)}
            className={cx(
              'flex cursor-pointer items-baseline gap-3 rounded px-2.5 py-1.5 hover:bg-hover',
              i === chosen && 'bg-hover',
            )}
          >
            <code className="shrink-0 truncate font-mono text-[12px]">{one.text}</code>
            <span className="min-w-0 flex-1 truncate text-faint text-xs">{one.detail}</span>
          </div>
        ))}
      </div>
      {problem !== null && (
        <p id={`${id}-problem`} role="alert" className="mt-1.5 break-words text-danger text-xs">
          {problem.replace(/^filter: /, '')}
        </p>
      )}
    </div>
  )
}
