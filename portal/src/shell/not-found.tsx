import { home } from '../data/client.ts'
import { useTexts } from '../lib/texts.ts'
import { buttonClass } from '../ui/button.tsx'

export function NotFound() {
  const t = useTexts('common')
  return (
    <main className="mx-auto max-w-md px-4 py-24 text-center">
      <h1 className="font-semibold text-lg">{t('notFound.title')}</h1>
      <p className="mt-1 mb-5 text-[13px] text-soft">{t('notFound.text')}</p>
      <a href={home.href} className={buttonClass('primary')}>
        {t('nav.overview')}
      </a>
    </main>
  )
}
