import { type ReactNode, useEffect } from 'react'
import { useStore } from '../../data/store.ts'
import { type Language, language, languages } from '../../lib/language.ts'
import { useTexts } from '../../lib/texts.ts'
import { Logo } from '../../shell/logo.tsx'

interface Props {
  readonly title: string
  readonly lead?: ReactNode
  readonly children: ReactNode
}

/** The frame of what can be seen without signing in. */
export function SignInCard({ title, lead, children }: Props) {
  const t = useTexts('signin')
  const chosen = useStore(language)
  useEffect(() => {
    document.title = `${title} · Rota`
  }, [title])
  return (
    <main className="flex min-h-screen flex-col items-center justify-center px-4 py-10">
      <div className="mb-6 flex items-center gap-2.5 font-semibold text-lg tracking-tight">
        <Logo size={32} />
        Rota
      </div>
      <section className="card w-full max-w-sm p-6 shadow-sm">
        <h1 className="font-semibold text-lg tracking-tight">{title}</h1>
        {lead !== undefined && <p className="mt-1 text-[13px] text-soft">{lead}</p>}
        <div className="mt-5">{children}</div>
      </section>
      <label className="mt-5 text-faint text-xs">
        <span className="sr-only">{t('language')}</span>
        <select
          value={chosen}
          onChange={({ target }) => language.set(target.value as Language)}
          className="h-7 rounded border border-transparent bg-transparent px-1 hover:border-line"
        >
          {Object.entries(languages).map(([id, name]) => (
            <option key={id} value={id} lang={id}>
              {name}
            </option>
          ))}
        </select>
      </label>
    </main>
  )
}
