/** Any JSON value as a tree: nothing is rounded, cut or left out. Long lists open in parts. Texts are shown as they would be written. */
import { ChevronRight } from 'lucide-react'
import { useState } from 'react'
import { cx } from '../lib/cx.ts'
import { useTexts } from '../lib/texts.ts'
import { CopyButton } from './copy.tsx'

const atOnce = 100
const longText = 300

export function JsonTree({ value, label }: { readonly value: unknown; readonly label: string }) {
  const text = JSON.stringify(value, null, 2) ?? 'undefined'
  return (
    <div className="relative rounded-lg border border-line bg-canvas">
      <span className="absolute top-1.5 right-1.5 z-10">
        <CopyButton text={text} />
      </span>
      <div
        role="group"
        tabIndex={0}
        aria-label={label}
        className="max-h-[28rem] overflow-auto p-3 pr-10 font-mono text-[12px] leading-[1.65]"
      >
        <Node name={null} value={value} depth={0} />
      </div>
    </div>
  )
}

function Node({
  name,
  value,
  depth,
}: {
  readonly name: string | null
  readonly value: unknown
  readonly depth: number
}) {
  const t = useTexts('common')
  const isTree = typeof value === 'object' && value !== null
  const entries = isTree ? Object.entries(value) : []
  const [open, setOpen] = useState(depth < 2 && entries.length <= 50)
  const [shown, setShown] = useState(atOnce)
  const key = name === null ? null : <span className="text-accent-ink">{name}</span>
  if (!isTree || entries.length === 0)
    return (
      <div className="flex gap-1.5 pl-4">
        {key}
        {key && <span className="text-faint">:</span>}
        <Leaf value={value} />
      </div>
    )
  const list = Array.isArray(value)
  return (
    <div>
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="flex min-h-6 items-center gap-1 rounded text-left hover:bg-hover"
      >
        <ChevronRight
          className={cx('size-3 shrink-0 text-faint transition-transform', open && 'rotate-90')}
          aria-hidden
        />
        {key}
        {key && <span className="text-faint">:</span>}
        <span className="text-faint">{list ? `[${entries.length}]` : `{${entries.length}}`}</span>
      </button>
      {open && (
        <div className="ml-[5px] border-line border-l pl-2">
          {entries.slice(0, shown).map(([own, inner]) => (
            <Node
              key={own}
              name={list ? own : JSON.stringify(own).slice(1, -1) || '""'}
              value={inner}
              depth={depth + 1}
            />
          ))}
          {entries.length > shown && (
            <button
              type="button"
              onClick={() => setShown(shown + 1_000)}
              className="ml-4 rounded text-accent-ink underline"
            >
              {t('json.more', { count: entries.length - shown })}
            </button>
          )}
        </div>
      )}
    </div>
  )
}

function Leaf({ value }: { readonly value: unknown }) {
  const t = useTexts('common')
  const [whole, setWhole] = useState(false)
  if (typeof value === 'string') {
    const written = JSON.stringify(value)
    const cut = !whole && written.length > longText
    return (
      <span className="min-w-0 whitespace-pre-wrap break-all text-good">
        {cut ? written.slice(0, longText) : written}
        {cut && (
          <button type="button" onClick={() => setWhole(true)} className="ml-1 rounded text-accent-ink underline">
            {t('json.whole', { count: written.length })}
          </button>
        )}
      </span>
    )
  }
  if (typeof value === 'object' && value !== null)
    return <span className="text-faint">{Array.isArray(value) ? '[]' : '{}'}</span>
  const tone = typeof value === 'number' ? 'text-scheduled' : typeof value === 'boolean' ? 'text-running' : 'text-faint'
  return <span className={tone}>{String(value)}</span>
}
