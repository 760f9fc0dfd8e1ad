/** Every address of the portal, and the screen that stands there. Screens are loaded when they are asked for. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router'
import { cache, cluster, home, isSignedOut, rota } from './data/client.ts'
import { readingMe } from './data/me.ts'
import { loadTexts } from './lib/texts.ts'
import { placeOf } from './screens/sign-in/back.ts'
import { Failed, NotLoaded } from './shell/failed.tsx'
import { NotFound } from './shell/not-found.tsx'
import { Shell } from './shell/shell.tsx'

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound })

const inside = createRoute({
  getParentRoute: () => root,
  id: 'inside',
  component: Shell,
  beforeLoad: async ({ location }) => {
    try {
      await cache.ensureQueryData(readingMe())
    } catch (error) {
      if (!isSignedOut(error)) throw error
      const { setup } = await rota.auth.status()
      throw redirect({ to: setup ? '/set-up' : '/sign-in', search: { back: location.href } as never })
    }
  },
})

type Screen = () => Promise<{ readonly default: () => React.ReactNode }>

/** A screen comes with all texts that anything on it asks for: what is asked for later hides the screen until it is there. */
const withTexts = (load: Screen, texts: readonly string[]) =>
  lazyRouteComponent(async () => {
    try {
      return (await Promise.all([load(), loadTexts(texts)]))[0]
    } catch (error) {
      throw new NotLoaded(error)
    }
  })

const screen = <P extends string>(path: P, load: Screen, ...texts: readonly string[]) =>
  createRoute({ getParentRoute: () => inside, path, component: withTexts(load, texts) })
const outside = <P extends string>(path: P, load: Screen, ...texts: readonly string[]) =>
  createRoute({ getParentRoute: () => root, path, component: withTexts(load, texts), beforeLoad: leaveWhoIsIn })

/** Who is signed in has nothing to do here. */
async function leaveWhoIsIn({ search }: { readonly search: Readonly<Record<string, string | undefined>> }) {
  const me = await cache.ensureQueryData(readingMe()).catch(() => null)
  if (me?.kind !== 'user') return
  const { path, search: kept } = placeOf(search.back)
  throw redirect({ to: path, search: kept as never, replace: true })
}

const tree = root.addChildren([
  inside.addChildren([
    screen('/', () => import('./screens/overview/screen.tsx'), 'overview'),
    screen('/jobs', () => import('./screens/jobs/screen.tsx'), 'jobs', 'payload'),
    screen('/jobs/$id', () => import('./screens/job/screen.tsx'), 'job', 'jobs', 'payload'),
    screen('/failures', () => import('./screens/failures/screen.tsx'), 'failures', 'jobs'),
    screen('/schedules', () => import('./screens/schedules/screen.tsx'), 'schedules', 'schedule'),
    screen('/schedules/+new', () => import('./screens/schedule/new-screen.tsx'), 'schedule', 'payload'),
    screen('/schedules/$id', () => import('./screens/schedule/screen.tsx'), 'schedule', 'schedules', 'payload'),
    screen('/flows', () => import('./screens/flows/screen.tsx'), 'flows'),
    screen('/flows/$id', () => import('./screens/flow/screen.tsx'), 'flow', 'flows'),
    screen('/lanes', () => import('./screens/lanes/screen.tsx'), 'lanes'),
    screen('/workers', () => import('./screens/workers/screen.tsx'), 'workers'),
    screen('/handlers', () => import('./screens/handlers/screen.tsx'), 'handlers'),
    screen('/handlers/+new', () => import('./screens/handler/new-screen.tsx'), 'handler'),
    screen('/handlers/$id', () => import('./screens/handler/screen.tsx'), 'handler', 'payload'),
    screen('/audit', () => import('./screens/audit/screen.tsx'), 'audit'),
    screen('/access', () => import('./screens/access/screen.tsx'), 'access'),
    screen('/settings', () => import('./screens/settings/screen.tsx'), 'settings'),
  ]),
  outside('/sign-in', () => import('./screens/sign-in/screen.tsx'), 'signin'),
  outside('/set-up', () => import('./screens/sign-in/set-up-screen.tsx'), 'signin'),
])

/** Addresses hold plain texts: `?filter=state:failed`, and the cluster stays when one goes elsewhere. */
function stringifySearch(search: Readonly<Record<string, unknown>>): string {
  const params = new URLSearchParams()
  for (const [key, value] of Object.entries({ cluster, ...search }))
    if (value !== undefined && value !== null && value !== '') params.set(key, String(value))
  const text = params.toString()
  return text === '' ? '' : `?${text}`
}

export const router = createRouter({
  routeTree: tree,
  basepath: home.pathname,
  parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
  stringifySearch,
  defaultPreload: 'intent',
  defaultErrorComponent: Failed,
  scrollRestoration: true,
})

/** Begins to load what stands at the present address, beside the question who is there. */
export function loadScreen(): void {
  for (const { routeId } of router.matchRoutes(router.latestLocation)) {
    const load = router.routesById[routeId as '/inside'].options.component as
      | { preload?: () => Promise<unknown> }
      | undefined
    load?.preload?.().catch(() => {}) // the router tells of it when it needs the screen
  }
}

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
