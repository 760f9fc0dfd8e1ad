import {
  BookOpen,
  Check,
  Globe,
  Keyboard,
  Languages,
  LogOut,
  Menu as MenuIcon,
  Monitor,
  Moon,
  Search,
  Sun,
  UserRound,
} from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import { cache, cluster, home, rota } from '../data/client.ts'
import { goQuiet, tellSession } from '../data/live.ts'
import { useMe } from '../data/me.ts'
import { useRead } from '../data/read.ts'
import { useStore } from '../data/store.ts'
import { type Language, language, languages } from '../lib/language.ts'
import { useTexts } from '../lib/texts.ts'
import { zone, zoneName } from '../lib/time.ts'
import { Button, IconButton } from '../ui/button.tsx'
import { Menu, MenuItem, MenuLine } from '../ui/menu.tsx'
import { toast } from '../ui/toast.ts'
import { LivePill } from './live-pill.tsx'
import { type Theme, theme } from './theme.ts'

const PasswordDialog = lazy(() => import('./password-dialog.tsx'))
const ZoneDialog = lazy(async () => ({ default: (await import('./zone-dialog.tsx')).ZoneDialog }))

export interface TopbarProps {
  readonly onMenu: () => void
  readonly onPalette: () => void
  readonly onKeys: () => void
}

export function Topbar({ onMenu, onPalette, onKeys }: TopbarProps) {
  const t = useTexts('common')
  return (
    <header className="sticky top-0 z-20 flex h-13 items-center gap-1.5 border-line border-b bg-surface/95 px-3 backdrop-blur sm:px-4">
      <IconButton label={t('nav.open')} onClick={onMenu} className="lg:hidden">
        <MenuIcon className="size-4.5" aria-hidden />
      </IconButton>
      <button
        type="button"
        onClick={onPalette}
        className="flex h-8 min-w-8 max-w-72 items-center gap-2 rounded-md border border-line bg-canvas px-2 text-[13px] text-faint hover:border-line-strong sm:flex-1"
      >
        <Search className="size-3.5 shrink-0" aria-hidden />
        <span className="truncate max-sm:sr-only">{t('top.search')}</span>
        <kbd className="ml-auto font-sans text-[11px] max-sm:hidden">
          {/Mac/.test(navigator.platform) ? '⌘K' : 'Ctrl K'}
        </kbd>
      </button>
      <span className="flex-1" />
      <LivePill />
      <ClusterMenu />
      <ZoneMenu />
      <ThemeMenu />
      <AccountMenu onKeys={onKeys} />
    </header>
  )
}

const tick = (on: boolean) => <Check className={on ? 'size-3.5' : 'size-3.5 opacity-0'} aria-hidden />

function ClusterMenu() {
  const t = useTexts('common')
  const { data } = useRead('clusters.list', undefined)
  const all = data?.clusters ?? []
  if (all.length < 2) return null
  const chosen = cluster ?? all.find(({ isDefault }) => isDefault)?.name ?? ''
  const choose = (name: string, isDefault: boolean) => {
    const url = new URL(location.href)
    if (isDefault) url.searchParams.delete('cluster')
    else url.searchParams.set('cluster', name)
    location.assign(url)
  }
  return (
    <Menu
      trigger={
        <Button small aria-label={`${t('top.cluster')}: ${chosen}`}>
          {chosen}
        </Button>
      }
    >
      {all.map(({ name, mode, isDefault }) => (
        <MenuItem key={name} icon={tick(name === chosen)} onSelect={() => choose(name, isDefault)}>
          {name}
          {mode !== 'active' && <span className="text-faint">{mode}</span>}
        </MenuItem>
      ))}
    </Menu>
  )
}

function ZoneMenu() {
  const t = useTexts('common')
  const chosen = useStore(zone)
  const [asking, setAsking] = useState(false)
  const usual = ['local', 'UTC']
  const shown = usual.includes(chosen) ? usual : [...usual, chosen]
  const short = chosen === 'local' ? t('top.zoneLocal') : chosen
  return (
    <>
      <Menu
        trigger={
          <Button
            small
            kind="ghost"
            icon={<Globe className="size-3.5" aria-hidden />}
            aria-label={`${t('top.zone')}: ${short}`}
          >
            <span className="max-w-32 truncate max-md:hidden">{short}</span>
          </Button>
        }
      >
        {shown.map((name) => (
          <MenuItem key={name} icon={tick(name === chosen)} onSelect={() => zone.set(name)}>
            {name === 'local' ? `${t('top.zoneLocal')} (${zoneName(name)})` : name}
          </MenuItem>
        ))}
        <MenuLine />
        <MenuItem icon={tick(false)} onSelect={() => setAsking(true)}>
          {t('top.zoneOther')}
        </MenuItem>
      </Menu>
      <Suspense>{asking && <ZoneDialog open onOpenChange={setAsking} />}</Suspense>
    </>
  )
}

const themeIcons = { system: Monitor, light: Sun, dark: Moon } as const

function ThemeMenu() {
  const t = useTexts('common')
  const chosen = useStore(theme)
  const Icon = themeIcons[chosen]
  const names: readonly (readonly [Theme, string])[] = [
    ['light', t('top.themeLight')],
    ['dark', t('top.themeDark')],
    ['system', t('top.themeSystem')],
  ]
  return (
    <Menu
      trigger={
        <button
          type="button"
          aria-label={t('top.theme')}
          className="inline-flex size-8 items-center justify-center rounded-md text-soft hover:bg-hover max-sm:hidden"
        >
          <Icon className="size-4" aria-hidden />
        </button>
      }
    >
      {names.map(([name, label]) => (
        <MenuItem key={name} icon={tick(name === chosen)} onSelect={() => theme.set(name)}>
          {label}
        </MenuItem>
      ))}
    </Menu>
  )
}

function AccountMenu({ onKeys }: { readonly onKeys: () => void }) {
  const t = useTexts('common')
  const me = useMe()
  const chosen = useStore(language)
  const [changing, setChanging] = useState(false)
  const signOut = async () => {
    try {
      await rota.auth.logout()
      goQuiet()
      tellSession()
      cache.clear()
      location.assign(home)
    } catch (error) {
      toast.bad(error)
    }
  }
  return (
    <>
      <Menu
        trigger={
          <button
            type="button"
            aria-label={t('top.account')}
            className="inline-flex size-8 items-center justify-center rounded-full bg-accent-soft font-semibold text-accent-ink text-xs"
          >
            {me?.kind === 'user' ? me.name.slice(0, 1).toUpperCase() : <UserRound className="size-4" aria-hidden />}
          </button>
        }
      >
        <div className="px-2.5 py-1.5">
          <p className="max-w-56 truncate font-medium text-[13px]">{me?.email ?? me?.name}</p>
          <p className="text-faint text-xs">{me && t(`role.${me.role}`)}</p>
        </div>
        <MenuLine />
        {(Object.keys(languages) as Language[]).map((name) => (
          <MenuItem
            key={name}
            icon={name === chosen ? tick(true) : <Languages className="size-3.5" aria-hidden />}
            onSelect={() => language.set(name)}
          >
            <span lang={name}>{languages[name]}</span>
          </MenuItem>
        ))}
        <MenuLine />
        <MenuItem icon={<Keyboard className="size-3.5" aria-hidden />} onSelect={onKeys}>
          {t('top.shortcuts')}
        </MenuItem>
        <MenuItem
          icon={<BookOpen className="size-3.5" aria-hidden />}
          onSelect={() => window.open(new URL('docs', home))}
        >
          {t('top.api')}
        </MenuItem>
        {me?.kind === 'user' && (
          <>
            <MenuLine />
            <MenuItem icon={<UserRound className="size-3.5" aria-hidden />} onSelect={() => setChanging(true)}>
              {t('top.password')}
            </MenuItem>
            <MenuItem icon={<LogOut className="size-3.5" aria-hidden />} onSelect={() => void signOut()}>
              {t('top.signOut')}
            </MenuItem>
          </>
        )}
      </Menu>
      <Suspense>{changing && <PasswordDialog onOpenChange={setChanging} />}</Suspense>
    </>
  )
}
