import { ChevronRight } from 'lucide-react'
import { useState } from 'react'
import { useTexts } from '../../lib/texts.ts'
import { Button } from '../../ui/button.tsx'
import { CopyButton } from '../../ui/copy.tsx'
import { shortId } from '../../ui/link.tsx'
import { Ago, At } from '../../ui/time.tsx'
import type { Try } from './tries.ts'

const atFirst = 10

/** What went wrong, newest first: the newest with its stack, the others closed. */
export function Errors({ tries }: { readonly tries: readonly Try[] }) {
  const t = useTexts('job')
  const [shown, setShown] = useState(atFirst)
  const failed = tries.filter(({ error }) => error !== null).reverse()
  return (
    <div className="divide-y divide-line">
      {failed.slice(0, shown).map((one, i) => (
        <OneError key={one.fence} one={one} open={i === 0} />
      ))}
      {failed.length > shown && (
        <div className="px-4 py-2">
          <Button small onClick={() => setShown(failed.length)}>
            {t('error.older', { count: failed.length - shown })}
          </Button>
        </div>
      )}
    </div>
  )
}

function OneError({ one, open }: { readonly one: Try; readonly open: boolean }) {
  const t = useTexts('job')
  const { error } = one
  if (error === null) return null
  const stack = framesOf(error)
  return (
    <details open={open} className="group">
      <summary className="flex list-none items-start gap-2 px-4 py-2.5 hover:bg-hover [&::-webkit-details-marker]:hidden">
        <ChevronRight
          className="mt-0.5 size-4 shrink-0 text-faint transition-transform group-open:rotate-90"
          aria-hidden
        />
        <span className="min-w-0 flex-1">
          <span className="line-clamp-2 break-words font-medium text-[13px] text-danger group-open:line-clamp-none">
            {error.message || error.name}
          </span>
          <span className="mt-0.5 flex flex-wrap gap-x-2 text-faint text-xs">
            <span>{t('timeline.try', { n: one.attempt })}</span>
            <span className="min-w-0 break-words">
              {error.code === undefined ? error.name : `${error.name} · ${error.code}`}
            </span>
            {one.endedAt !== null && <Ago at={one.endedAt} />}
          </span>
        </span>
      </summary>
      <div className="space-y-2 px-4 pb-3.5 pl-10">
        <p className="text-faint text-xs">
          {t('error.at')} <At at={one.startedAt} />
          {one.worker !== null && (
            <>
              {' '}
              · {t('error.worker')} <code className="font-mono">{shortId(one.worker)}</code>
            </>
          )}
        </p>
        {stack !== '' ? (
          <div className="relative">
            <pre
              tabIndex={0}
              aria-label={t('error.stack')}
              className="max-h-80 overflow-auto rounded-lg border border-line bg-canvas p-3 pr-10 font-mono text-[12px] text-soft leading-relaxed"
            >
              {stack}
            </pre>
            <span className="absolute top-1.5 right-1.5">
              <CopyButton text={error.stack ?? ''} label={t('error.copyStack')} />
            </span>
          </div>
        ) : (
          <p className="text-[13px] text-soft">{t('error.noStack')}</p>
        )}
      </div>
    </details>
  )
}

/** The stack without what stands above it already, and without its indentation. */
function framesOf({ name, message, stack = '' }: NonNullable<Try['error']>): string {
  const first = `${name}: ${message}`
  return (stack.startsWith(first) ? stack.slice(first.length).replace(/^\n/, '') : stack).replace(/^ {4}/gm, '')
}
