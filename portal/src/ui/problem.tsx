import { CircleAlert } from 'lucide-react'
import { isRotaError } from 'rota/client'
import { isSignedOut } from '../data/client.ts'
import { refresh } from '../data/live.ts'
import { useTexts } from '../lib/texts.ts'
import { Button } from './button.tsx'

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** One line for an error beside what caused it. The server's messages say what helps. */
export function ErrorText({ error }: { readonly error: unknown }) {
  const t = useTexts('common')
  if (error === null || error === undefined) return null
  return (
    <p role="alert" className="flex items-start gap-2 rounded-md bg-danger-soft px-3 py-2 text-[13px] text-danger">
      <CircleAlert className="mt-0.5 size-4 shrink-0" aria-hidden />
      <span className="min-w-0 break-words">{isSignedOut(error) ? t('problem.signedOut') : messageOf(error)}</span>
    </p>
  )
}

export interface ProblemProps {
  readonly error: unknown
  /** @default reads everything again */
  readonly onRetry?: () => void
}

/** In the place of what could not be read: what went wrong, and what to do. */
export function Problem({ error, onRetry = refresh }: ProblemProps) {
  const t = useTexts('common')
  const hint = isRotaError(error, 'server_unreachable')
    ? t('problem.unreachable')
    : isRotaError(error, 'not_allowed')
      ? t('problem.notAllowed')
      : t('problem.other')
  return (
    <div role="alert" className="mx-auto my-12 max-w-lg text-center">
      <CircleAlert className="mx-auto mb-3 size-8 text-danger" aria-hidden />
      <p className="break-words font-medium">{messageOf(error)}</p>
      <p className="mt-1 text-[13px] text-soft">{hint}</p>
      <Button className="mt-4" onClick={onRetry}>
        {t('tryAgain')}
      </Button>
    </div>
  )
}
