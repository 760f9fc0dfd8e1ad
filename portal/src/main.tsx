import './styles.css'
import { CSPProvider } from '@base-ui/react/csp-provider'
import { Tooltip } from '@base-ui/react/tooltip'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { lazy, StrictMode, Suspense } from 'react'
import { createRoot } from 'react-dom/client'
import { cache, home } from './data/client.ts'
import { noticeSignedOut, readingMe } from './data/me.ts'
import { startTexts } from './lib/texts.ts'
import { loadScreen, router } from './router.tsx'

/** Milliseconds. What has come by then is drawn at once; React holds back for 300 ms whatever takes the place of a screen that was not there. */
const patience = 500

const Toasts = lazy(() => import('./ui/toasts.tsx')) // nothing is told before something was done

/** Another version of the portal was put in place while this page was open: what it still needs is gone, so it loads itself anew, once a minute at most. */
window.addEventListener('vite:preloadError', () => {
  const last = Number(sessionStorage.getItem('rota.reloaded') ?? 0)
  if (Date.now() - last < 60_000) return
  sessionStorage.setItem('rota.reloaded', String(Date.now()))
  // Where the server cannot be reached nothing would come of it, and what stands here would be gone.
  fetch(new URL('healthz', home), { cache: 'no-store' }).then(
    ({ ok }) => ok && location.reload(),
    () => {},
  )
})

void cache.prefetchQuery(readingMe())
const soon = new Promise((resolve) => setTimeout(resolve, patience))
await Promise.race([startTexts(), soon])
loadScreen()
await Promise.race([router.load().catch(() => {}), soon])
cache.getQueryCache().subscribe((event) => {
  if (event.type === 'updated' && event.action.type === 'error') noticeSignedOut(event.action.error)
})
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
