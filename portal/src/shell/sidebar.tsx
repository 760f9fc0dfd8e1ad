import { Link } from '@tanstack/react-router'
import { useMayCall } from '../data/me.ts'
import { useTexts } from '../lib/texts.ts'
import { Logo } from './logo.tsx'
import { groups, places } from './places.ts'

/** @param onGo closes the drawer on a phone */
export function Sidebar({ onGo }: { readonly onGo?: () => void }) {
  const t = useTexts('common')
  const may = useMayCall()
  const seen = places.filter(({ needs }) => may(needs))
  return (
    <nav aria-label={t('nav.main')} className="flex h-full flex-col gap-5 overflow-y-auto px-3 py-4">
      <Link
        to="/"
        onClick={onGo}
        className="flex items-center gap-2.5 rounded-md px-2 font-semibold text-[15px] tracking-tight"
      >
        <Logo />
        Rota
      </Link>
      {groups.map((group) => {
        const inGroup = seen.filter((place) => place.group === group)
        if (inGroup.length === 0) return null
        return (
          <div key={group}>
            <p className="mb-1 px-2 font-medium text-[11px] text-faint">{t(`nav.${group}`)}</p>
            <ul className="space-y-0.5">
              {inGroup.map(({ id, to, Icon }) => (
                <li key={id}>
                  <Link
                    to={to}
                    onClick={onGo}
                    activeOptions={{ exact: to === '/', includeSearch: false }}
                    activeProps={{ className: 'bg-accent-soft text-accent-ink', 'aria-current': 'page' }}
                    inactiveProps={{ className: 'text-soft hover:bg-hover hover:text-ink' }}
                    className="flex h-8 items-center gap-2.5 rounded-md px-2 font-medium text-[13px] transition-colors"
                  >
                    <Icon className="size-4 shrink-0" strokeWidth={1.9} aria-hidden />
                    {t(`nav.${id}`)}
                  </Link>
                </li>
              ))}
            </ul>
          </div>
        )
      })}
    </nav>
  )
}
