/** What stands around every screen. */
import { Dialog as Drawer } from '@base-ui/react/dialog'
import { CatchBoundary, Outlet, useLocation } from '@tanstack/react-router'
import { lazy, Suspense, useCallback, useEffect, useState } from 'react'
import { mayCall } from 'rota/client'
import { goLive } from '../data/live.ts'
import { sessionIsOver, useMe } from '../data/me.ts'
import { useStore } from '../data/store.ts'
import { useTexts } from '../lib/texts.ts'
import { Loading, Page } from '../ui/page.tsx'
import { toast } from '../ui/toast.ts'
import { keepFocus } from './keep-focus.ts'
import { useKeys } from './keys.ts'
import { neededFor } from './places.ts'
import { Sidebar } from './sidebar.tsx'
import { Topbar } from './topbar.tsx'

// What is opened by a key is loaded when it is.
const Palette = lazy(() => import('./palette.tsx'))
const SignInAgain = lazy(() => import('./sign-in-again.tsx'))
const KeysDialog = lazy(() => import('./keys-dialog.tsx'))

export function Shell() {
  const t = useTexts('common')
  const [opened, setOpened] = useState<'palette' | 'keys' | 'menu' | null>(null)
  const open = useCallback((what: 'palette' | 'keys') => setOpened(what), [])
  const close = (what: typeof opened) => (next: boolean) => setOpened(next ? what : null)
  const over = useStore(sessionIsOver)
  useKeys(open)
  useEffect(goLive, [])
  useEffect(keepFocus, [])
  return (
    <div className="flex min-h-screen">
      <a
        href={new URL('#content', location.href).href}
        className="sr-only z-50 rounded bg-accent px-3 py-2 text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
        onClick={focusContent}
      >
        {t('nav.skip')}
      </a>
      <aside className="sticky top-0 hidden h-screen w-52 shrink-0 border-line border-r bg-surface lg:block">
        <Sidebar />
      </aside>
      <Drawer.Root open={opened === 'menu'} onOpenChange={close('menu')}>
        <Drawer.Portal>
          <Drawer.Backdrop className="fixed inset-0 z-40 bg-black/45" />
          <Drawer.Popup
            data-modal
            aria-label={t('nav.main')}
            className="fixed inset-y-0 left-0 z-40 w-60 border-line border-r bg-surface shadow-2xl"
          >
            <Sidebar onGo={() => setOpened(null)} />
          </Drawer.Popup>
        </Drawer.Portal>
      </Drawer.Root>
      <div className="flex min-w-0 flex-1 flex-col">
        <Topbar
          onMenu={() => setOpened('menu')}
          onPalette={() => setOpened('palette')}
          onKeys={() => setOpened('keys')}
        />
        <main id="content" tabIndex={-1} className="min-w-0 flex-1 outline-none">
          <Suspense fallback={<Loading rows={10} />}>
            <Allowed />
          </Suspense>
        </main>
      </div>
      <CatchBoundary getResetKey={() => `${opened} ${over}`} errorComponent={() => null} onCatch={toast.bad}>
        <Suspense>
          {opened === 'palette' && <Palette onOpenChange={close('palette')} />}
          {over && <SignInAgain />}
          {opened === 'keys' && <KeysDialog onOpenChange={close('keys')} />}
        </Suspense>
      </CatchBoundary>
    </div>
  )
}

/** The screen, where the role allows it; the server refuses the rest all the same. */
function Allowed() {
  const t = useTexts('common')
  const me = useMe()
  const path = useLocation({ select: ({ pathname }) => pathname })
  const needs = neededFor(path)
  if (me === null || needs === null || mayCall(me.role, needs)) return <Outlet />
  return (
    <Page title={t('denied.title')}>
      <p className="text-[13px] text-soft">{t('denied.text')}</p>
    </Page>
  )
}

/** The address stays as it is: a fragment would be taken below the base of the page. */
function focusContent(event: React.MouseEvent): void {
  event.preventDefault()
  document.getElementById('content')?.focus()
}
