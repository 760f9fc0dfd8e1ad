/** Tabs that are left open while 500 jobs a second go through a worker: what they hold after the rest was collected. */
import type { Browser, CDPSession, Page } from 'playwright-core'
import { newProfile, serve } from './chromium.ts'
import { rows } from './print.ts'

const pause = 30_000
const minute = 60_000

interface Sample {
  /** Milliseconds since the beginning. */
  readonly at: number
  readonly heap: number
  readonly nodes: number
  readonly listeners: number
}

interface Tab {
  readonly path: string
  readonly page: Page
  readonly cdp: CDPSession
  readonly samples: Sample[]
}

export async function measureMemory(browser: Browser, storage: string, minutes: number): Promise<void> {
  const { url, stop } = await serve(storage, 'busy')
  try {
    const tabs = await Promise.all(['/', '/jobs'].map((path) => open(browser, url, path)))
    const began = performance.now()
    for (let n = 0; n * pause <= minutes * minute; n++) {
      const wait = began + n * pause - performance.now()
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, wait)))
      for (const tab of tabs) await sample(tab, performance.now() - began)
    }
    console.log(series(tabs))
    for (const tab of tabs) console.log(verdict(tab))
    console.log(await throughput(url))
  } finally {
    await stop()
  }
}

/** In a profile of its own each, so that both are seen and both have a stream. */
async function open(browser: Browser, url: string, path: string): Promise<Tab> {
  const profile = await newProfile(browser)
  const page = await profile.newPage()
  const cdp = await profile.newCDPSession(page)
  await cdp.send('HeapProfiler.enable')
  await page.goto(url + path)
  await page.getByRole('heading', { level: 1 }).waitFor()
  return { path, page, cdp, samples: [] }
}

async function sample({ path, page, cdp, samples }: Tab, at: number): Promise<void> {
  if (await page.evaluate<boolean>('document.hidden')) throw new Error(`${path} is hidden: it asks for nothing then`)
  await cdp.send('HeapProfiler.collectGarbage')
  const { usedSize } = await cdp.send('Runtime.getHeapUsage')
  const { nodes, jsEventListeners } = await cdp.send('Memory.getDOMCounters')
  samples.push({ at, heap: usedSize / 1e6, nodes, listeners: jsEventListeners })
  console.error(
    `${path} ${(at / minute).toFixed(1)} min: ${(usedSize / 1e6).toFixed(2)} MB, ${nodes} nodes, ${jsEventListeners} listeners`,
  )
}

function series(tabs: readonly Tab[]): string {
  const table = rows('minute', ...tabs.flatMap(({ path }) => [`${path} MB`, 'nodes', 'listeners']))
  const [first] = tabs
  for (const [i, { at }] of (first?.samples ?? []).entries()) {
    const cells = tabs.flatMap(({ samples }) => {
      const { heap = 0, nodes = 0, listeners = 0 } = samples[i] ?? {}
      return [heap.toFixed(2), String(nodes), String(listeners)]
    })
    table.add((at / minute).toFixed(1), ...cells)
  }
  return `\n${table.text()}\n`
}

/** Flat: the last five minutes hold at most 10 % or 5 MB more than those from the fifth to the tenth. */
function verdict({ path, samples }: Tab): string {
  const end = samples.at(-1)?.at ?? 0
  const between = (from: number, to: number) => samples.filter(({ at }) => at >= from && at <= to)
  const later = between(5 * minute, end)
  const [early, late] = [between(5 * minute, 10 * minute), between(end - 5 * minute, end)]
  const of = (some: readonly Sample[], what: 'heap' | 'nodes' | 'listeners') => mean(some.map((one) => one[what]))
  const [before, after] = [of(early, 'heap'), of(late, 'heap')]
  const isFlat = after <= Math.max(before * 1.1, before + 5)
  const slopes = (['heap', 'nodes', 'listeners'] as const).map((what) => slope(later, what).toFixed(3))
  return (
    `${path}: ${before.toFixed(2)} MB in minutes 5 to 10, ${after.toFixed(2)} MB in the last five: ${isFlat ? 'flat' : 'GROWS'}. ` +
    `After minute 5, per minute: ${slopes[0]} MB, ${slopes[1]} nodes, ${slopes[2]} listeners`
  )
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** By least squares, in each minute. */
function slope(samples: readonly Sample[], what: 'heap' | 'nodes' | 'listeners'): number {
  const [x, y] = [mean(samples.map(({ at }) => at / minute)), mean(samples.map((one) => one[what]))]
  const over = samples.reduce((sum, one) => sum + (one.at / minute - x) * (one[what] - y), 0)
  return over / samples.reduce((sum, { at }) => sum + (at / minute - x) ** 2, 0)
}

async function throughput(url: string): Promise<string> {
  const from = new Date(Date.now() - 3 * minute).toISOString()
  const to = new Date(Date.now() - minute).toISOString()
  const answer = await fetch(`${url}/api/stats?step=1m&from=${from}&to=${to}`)
  const { points } = (await answer.json()) as { points: { succeeded: number }[] }
  return `Jobs that succeeded in the last minutes: ${points.map(({ succeeded }) => succeeded).join(', ')}`
}
