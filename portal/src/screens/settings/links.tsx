import { BookOpen, Braces } from 'lucide-react'
import { home } from '../../data/client.ts'
import { useTexts } from '../../lib/texts.ts'
import { buttonClass } from '../../ui/button.tsx'
import { Copyable } from '../../ui/copy.tsx'
import { Card } from '../../ui/page.tsx'

/** Where programs begin. */
export function Links() {
  const t = useTexts('settings')
  return (
    <Card title={t('api')}>
      <p className="mb-3 text-[13px] text-soft">{t('apiText')}</p>
      <div className="flex flex-wrap items-center gap-2">
        <a href={new URL('docs', home).href} target="_blank" rel="noreferrer" className={buttonClass()}>
          <BookOpen className="size-3.5" aria-hidden />
          {t('apiDocs')}
        </a>
        <a href={new URL('openapi.json', home).href} target="_blank" rel="noreferrer" className={buttonClass()}>
          <Braces className="size-3.5" aria-hidden />
          openapi.json
        </a>
        <Copyable text={new URL('api', home).href} />
      </div>
    </Card>
  )
}
