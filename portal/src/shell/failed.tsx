import { useRouter } from '@tanstack/react-router'
import { useEffect } from 'react'
import { useTexts } from '../lib/texts.ts'
import { Problem } from '../ui/problem.tsx'

/** A file of the portal did not come. */
export class NotLoaded extends Error {
  constructor(cause: unknown) {
    super('A file of the portal did not come.', { cause })
  }
}

/** Milliseconds. */
const again = 5_000

/** In the place of a screen, or of everything, that could not be begun. It tries again by itself; a file that did not come is had only by a page that is loaded anew. */
export function Failed({ error }: { readonly error: unknown }) {
  const t = useTexts('common')
  const router = useRouter()
  const isFile = error instanceof NotLoaded
  useEffect(() => {
    if (isFile) return
    const timer = setInterval(() => void router.invalidate(), again)
    return () => clearInterval(timer)
  }, [isFile, router])
  return (
    <Problem
      error={isFile ? t('notLoaded') : error}
      onRetry={() => (isFile ? location.reload() : void router.invalidate())}
    />
  )
}
