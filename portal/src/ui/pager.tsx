/** Pages by cursor: where one is stands in the address, the way back in memory. */
import { ChevronLeft, ChevronRight, ChevronsLeft } from 'lucide-react'
import { useState } from 'react'
import { useUrlText } from '../data/url.ts'
import { useTexts } from '../lib/texts.ts'
import { Button } from './button.tsx'

export interface Pages {
  /** Absent for the first page. */
  readonly cursor: string | undefined
  readonly before: readonly string[]
  readonly go: (cursor: string, before: readonly string[]) => void
}

/** `const pages = usePages(); useRead('flows.list', { cursor: pages.cursor }); … <Pager pages={pages} next={data.next} />` */
export function usePages(): Pages {
  const [cursor, setCursor] = useUrlText('cursor')
  const [before, setBefore] = useState<readonly string[]>([])
  return {
    cursor: cursor === '' ? undefined : cursor,
    before: cursor === '' ? [] : before,
    go: (next, passed) => {
      setBefore(passed)
      setCursor(next)
    },
  }
}

export interface PagerProps {
  readonly pages: Pages
  /** The cursor of the page behind this one; null at the end. */
  readonly next: string | number | null
}

/** Nothing where one page is all there is. */
export function Pager({ pages: { cursor, before, go }, next }: PagerProps) {
  const t = useTexts('common')
  if (cursor === undefined && next === null) return null
  return (
    <nav
      aria-label={t('pages.label')}
      className="flex flex-wrap items-center justify-end gap-2 border-line border-t px-4 py-2.5"
    >
      <Button
        small
        disabled={cursor === undefined}
        onClick={() => go('', [])}
        icon={<ChevronsLeft className="size-3.5" aria-hidden />}
      >
        {t('pages.first')}
      </Button>
      <Button
        small
        disabled={before.length === 0}
        onClick={() => go(before.at(-1) ?? '', before.slice(0, -1))}
        icon={<ChevronLeft className="size-3.5" aria-hidden />}
      >
        {t('pages.newer')}
      </Button>
      <Button small disabled={next === null} onClick={() => go(String(next), [...before, cursor ?? ''])}>
        {t('pages.older')}
        <ChevronRight className="size-3.5" aria-hidden />
      </Button>
    </nav>
  )
}
