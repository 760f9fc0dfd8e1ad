/** One visit of a screen: when it was there, how long a click takes, and which calls of the API took how long. */
import type { BrowserContext, Page, Request } from 'playwright-core'
import { clickMenu, watchReady } from './in-page.ts'

export interface Screen {
  readonly path: string
  /** Selects what has to be there beside the heading; null where it is no screen. */
  readonly main: string | null
}

export interface Call {
  /** Method, path and query. */
  readonly what: string
  /** Milliseconds from when it was sent to the end of the answer. */
  readonly ms: number
}

export interface Visit {
  /** Milliseconds from navigation until the heading and the main data were there; null where they never came. */
  readonly ready: number | null
  /** Milliseconds from a click until something was done about it. */
  readonly click: number | null
  /** Milliseconds of CPU until then: the main thread of the page, the server with its database. What else the machine does is not in them. */
  readonly cpu: { readonly page: number; readonly server: number }
  readonly calls: readonly Call[]
}

/** Milliseconds. */
const patience = { ready: 15_000, calls: 15_000 }

/** @param cpuOfServer milliseconds that it has used so far */
export async function visit(
  context: BrowserContext,
  url: string,
  { path, main }: Screen,
  cpuOfServer: () => number,
): Promise<Visit> {
  const page = await context.newPage()
  const cdp = await context.newCDPSession(page)
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' })
  const usedBefore = cpuOfServer()
  const calls = watchCalls(page)
  const told = Promise.withResolvers<number | null>()
  await page.exposeFunction('benchReady', told.resolve)
  await page.addInitScript(watchReady(main))
  const late = setTimeout(() => told.resolve(null), patience.ready)
  await page.goto(url + path, { waitUntil: 'commit' })
  const ready = await told.promise
  clearTimeout(late)
  const { metrics } = await cdp.send('Performance.getMetrics')
  const tasks = metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0 // seconds
  const cpu = { page: tasks * 1_000, server: cpuOfServer() - usedBefore }
  const click = ready === null ? null : await page.evaluate<number>(clickMenu).catch(() => null)
  await calls.settled()
  await page.close()
  return { ready, click, cpu, calls: calls.done }
}

function watchCalls(page: Page) {
  const done: Call[] = []
  const open = new Map<Request, number>()
  const isCall = (request: Request) => /\/api\/(?!events)/.test(request.url())
  page.on('request', (request) => {
    if (isCall(request)) open.set(request, performance.now())
  })
  const end = (request: Request) => {
    if (!open.delete(request)) return
    const { responseEnd, requestStart } = request.timing()
    const { pathname, search } = new URL(request.url())
    const what = decodeURIComponent(`${request.method()} ${pathname.replace(/^.*\/api/, '')}${search}`)
    done.push({ what, ms: responseEnd - Math.max(0, requestStart) })
  }
  page.on('requestfinished', end)
  page.on('requestfailed', (request) => open.delete(request))
  return {
    done,
    async settled(): Promise<void> {
      const deadline = performance.now() + patience.calls
      do await new Promise((resolve) => setTimeout(resolve, 200))
      while (open.size > 0 && performance.now() < deadline)
      for (const [request, began] of open)
        done.push({ what: `${request.url()} (no answer yet)`, ms: performance.now() - began })
    },
  }
}
