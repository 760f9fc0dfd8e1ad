import './styles.css'
import { CSPProvider } from '@base-ui/react/csp-provider'
import { Tooltip } from '@base-ui/react/tooltip'
import { type QueryCache, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { lazy, StrictMode, Suspense } from 'react'
import { createRoot } from 'react-dom/client'
import { cache, isSignedOut } from './data/client.ts'
import { readingMe, sessionIsOver } from './data/me.ts'
import { startTexts } from './lib/texts.ts'
import { loadScreen, router } from './router.tsx'

/** Milliseconds. What has come by then is drawn at once; React holds back for 300 ms whatever takes the place of a screen that was not there. */
const patience = 500

const Toasts = lazy(() => import('./ui/toasts.tsx')) // nothing is told before something was done

/** Whatever is answered that nobody is signed in, the page asks for it, and keeps what stands in it. */
function watchSession(queries: QueryCache): void {
  queries.subscribe((event) => {
    if (event.type !== 'updated' || event.action.type !== 'error' || !isSignedOut(event.action.error)) return
    if (cache.getQueryData(readingMe().queryKey) !== undefined) sessionIsOver.set(true)
  })
}

/** Another version of the portal was put in place while this page was open: what it still needs is gone, so it loads itself anew, once a minute at most. */
window.addEventListener('vite:preloadError', (event) => {
  const last = Number(sessionStorage.getItem('rota.reloaded') ?? 0)
  if (Date.now() - last < 60_000) return
  sessionStorage.setItem('rota.reloaded', String(Date.now()))
  event.preventDefault()
  location.reload()
})

void cache.prefetchQuery(readingMe())
await startTexts()
loadScreen()
await Promise.race([router.load().catch(() => {}), new Promise((resolve) => setTimeout(resolve, patience))])
watchSession(cache.getQueryCache())
createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={cache}>
        <Tooltip.Provider delay={300}>
          <Suspense>
            <RouterProvider router={router} />
          </Suspense>
          <Suspense>
            <Toasts />
          </Suspense>
        </Tooltip.Provider>
      </QueryClientProvider>
    </CSPProvider>
  </StrictMode>,
)
