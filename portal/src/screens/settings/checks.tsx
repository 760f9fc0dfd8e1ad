import { CircleCheck, CircleX } from 'lucide-react'
import type { Output } from '../../data/read.ts'
import { useTexts } from '../../lib/texts.ts'

export type System = Output<'system.get'>

/** What is well and what is not, the latter first, with what helps. */
export function Checks({ checks }: { readonly checks: System['checks'] }) {
  const t = useTexts('settings')
  const sorted = checks.toSorted((a, b) => Number(a.ok) - Number(b.ok))
  return (
    <ul className="divide-y divide-line">
      {sorted.map(({ id, ok, message, fix }) => {
        const Icon = ok ? CircleCheck : CircleX
        return (
          <li key={id} className="flex gap-3 px-4 py-3 text-[13px]" data-check={id} data-ok={ok}>
            <Icon
              className={ok ? 'mt-0.5 size-4 shrink-0 text-good' : 'mt-0.5 size-4 shrink-0 text-danger'}
              aria-hidden
            />
            <div className="min-w-0 flex-1">
              <p className="font-medium">
                {t(`check.${id}`)}
                <span className="sr-only">: {t(ok ? 'well' : 'ill')}</span>
              </p>
              <p className="break-words text-soft">
                <WithCode text={message} />
              </p>
              {fix !== null && (
                <p className="mt-1 break-words">
                  <WithCode text={fix} />
                </p>
              )}
            </div>
          </li>
        )
      })}
    </ul>
  )
}

/** What stands between backticks is code. */
const WithCode = ({ text }: { readonly text: string }) =>
  text.split('`').map((part, i) =>
    i % 2 === 1 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts of one text
      <code key={i} className="rounded bg-hover px-1 py-0.5 font-mono text-[12px]">
        {part}
      </code>
    ) : (
      part
    ),
  )
