import { Link } from '@tanstack/react-router'
import { TriangleAlert } from 'lucide-react'
import { useTexts } from '../../../lib/texts.ts'
import { Button, buttonClass } from '../../../ui/button.tsx'

interface Props {
  readonly id: string
  readonly busy: boolean
  readonly onOver: () => void
  readonly onReload: (() => void) | undefined
}

/** Somebody else was quicker; nothing of what was entered is lost. */
export function ChangedMeanwhile({ id, busy, onOver, onReload }: Props) {
  const t = useTexts('handler')
  return (
    <div role="alert" className="flex gap-2.5 rounded-lg bg-warn-soft px-3.5 py-3 text-[13px]">
      <TriangleAlert className="mt-0.5 size-4 shrink-0 text-warn" aria-hidden />
      <div className="min-w-0">
        <p className="font-medium text-warn">{t('changed.title')}</p>
        <p className="mt-0.5 text-soft">{t('changed.text')}</p>
        <div className="mt-2.5 flex flex-wrap gap-2">
          <Link
            to="/handlers/$id"
            params={{ id }}
            search={{ tab: 'versions' } as never}
            target="_blank"
            className={buttonClass('plain', true)}
          >
            {t('changed.look')}
          </Link>
          <Button small busy={busy} onClick={onOver}>
            {t('changed.over')}
          </Button>
          {onReload && (
            <Button small onClick={onReload}>
              {t('changed.reload')}
            </Button>
          )}
        </div>
      </div>
    </div>
  )
}
