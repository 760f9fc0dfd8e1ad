import { Check, Copy as CopyIcon } from 'lucide-react'
import { useState } from 'react'
import { useTexts } from '../lib/texts.ts'
import { toast } from './toast.ts'

/** A text of the machine, such as an id, with a button that copies it. */
export function Copyable({
  text,
  shown = text,
  className,
}: {
  readonly text: string
  readonly shown?: string
  readonly className?: string
}) {
  return (
    <span className={`inline-flex min-w-0 max-w-full items-center gap-1 ${className ?? ''}`}>
      <code className="truncate font-mono text-[12px]">{shown}</code>
      <CopyButton text={text} />
    </span>
  )
}

export function CopyButton({ text, label }: { readonly text: string; readonly label?: string }) {
  const t = useTexts('common')
  const [done, setDone] = useState(false)
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text)
      setDone(true)
      setTimeout(() => setDone(false), 1_500)
    } catch {
      toast.bad(new Error(t('copyFailed')))
    }
  }
  return (
    <button
      type="button"
      onClick={() => void copy()}
      aria-label={label ?? t('copy')}
      className="inline-flex size-6 shrink-0 items-center justify-center rounded text-faint hover:bg-hover hover:text-ink"
    >
      {done ? <Check className="size-3.5 text-good" aria-hidden /> : <CopyIcon className="size-3.5" aria-hidden />}
    </button>
  )
}

/** Code to be copied. */
export function CodeBlock({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <div className="group relative">
      <pre
        tabIndex={0}
        role="group"
        aria-label={label}
        className="overflow-x-auto rounded-lg border border-line bg-canvas p-3 pr-10 font-mono text-[12px] leading-relaxed"
      >
        {text}
      </pre>
      <span className="absolute top-1.5 right-1.5">
        <CopyButton text={text} />
      </span>
    </div>
  )
}
