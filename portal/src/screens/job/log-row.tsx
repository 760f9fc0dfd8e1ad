import { ChevronRight } from 'lucide-react'
import { cx } from '../../lib/cx.ts'
import { useTexts } from '../../lib/texts.ts'
import { absolute, useZone } from '../../lib/time.ts'
import { JsonTree } from '../../ui/json.tsx'
import type { NumberedLine } from './log.ts'

const tones = {
  debug: 'text-faint',
  info: 'text-scheduled',
  warn: 'text-warn',
  error: 'text-danger',
} as const

export interface LogRowProps {
  readonly line: NumberedLine
  readonly open: boolean
  readonly onToggle: (n: number) => void
  /** Several tries are shown: each line says of which it is. */
  readonly withTry: boolean
}

export function LogRow({ line, open, onToggle, withTry }: LogRowProps) {
  const t = useTexts('job')
  const zone = useZone()
  const hasData = line.data !== null && line.data !== undefined
  return (
    <div className={cx('border-line border-b px-3 py-1', line.level === 'error' && 'bg-danger-soft/50')}>
      <div className="flex items-start gap-x-2 font-mono max-sm:flex-wrap text-[12px] leading-relaxed">
        {hasData ? (
          <button
            type="button"
            aria-expanded={open}
            aria-label={t('logs.data')}
            onClick={() => onToggle(line.n)}
            className="-mx-1 inline-flex size-6 shrink-0 items-center justify-center rounded text-faint hover:bg-hover hover:text-ink"
          >
            <ChevronRight className={cx('size-3.5 transition-transform', open && 'rotate-90')} aria-hidden />
          </button>
        ) : (
          <span className="w-4 shrink-0" />
        )}
        <time
          dateTime={line.at}
          title={absolute(line.at, zone, { withZone: true })}
          className="tabular shrink-0 pt-0.5 text-faint"
        >
          {clockOf(line.at, zone)}
        </time>
        <span className={cx('w-10 shrink-0 pt-0.5 font-semibold', tones[line.level])}>{line.level}</span>
        {withTry && <span className="tabular shrink-0 pt-0.5 text-faint">#{line.attempt}</span>}
        <span className="min-w-0 flex-1 whitespace-pre-wrap break-words pt-0.5 max-sm:basis-full max-sm:pl-6">
          {line.message}
        </span>
      </div>
      {open && hasData && (
        <div className="mt-1 mb-1.5 ml-5">
          <JsonTree value={line.data} label={t('logs.data')} />
        </div>
      )}
    </div>
  )
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** `21:04:05.123`, in a zone: a log is of one day, as a rule. */
function clockOf(at: string, timeZone: string): string {
  const format =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat('sv-SE', {
      timeZone,
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      fractionalSecondDigits: 3,
    })
  formats.set(timeZone, format)
  return format.format(new Date(at)).replace(',', '.')
}
