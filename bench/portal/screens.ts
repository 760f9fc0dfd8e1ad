/** How long each screen takes until somebody can work with it, in a browser that has never seen it, and in one that has. */
import type { Browser } from 'playwright-core'
import { cpuOf } from '../servers.ts'
import { newProfile, serve } from './chromium.ts'
import { rows } from './print.ts'
import type { Seeded } from './seed.ts'
import type { Store } from './store.ts'
import { type Call, type Screen, type Visit, visit } from './visit.ts'

const visits = 3
/** Milliseconds: slower calls are told of. */
const slow = 300

const table = '[role="table"] [role="row"]:nth-child(2), table tbody tr, [role="rowgroup"] [role="row"]'
const anything = 'a, button, p, dl'

export const screensOf = ({ flow, job, schedule }: Seeded): readonly Screen[] => [
  { path: '/healthz', main: null }, // two words of text: what the machine and the browser take for any page
  { path: '/', main: 'canvas' },
  { path: '/?range=24h', main: 'canvas' },
  { path: '/?range=7d', main: 'canvas' },
  { path: '/?range=30d', main: 'canvas' },
  { path: '/jobs', main: table },
  { path: '/jobs?filter=state:failed', main: table },
  { path: '/jobs?filter=state:running', main: table },
  { path: '/jobs?filter=lane:mail', main: table },
  { path: '/jobs?filter=lane:rare+state:ready', main: table },
  { path: '/jobs?filter=job:job-7', main: table },
  { path: '/jobs?filter=error:%22connect+ECONNREFUSED%22', main: table },
  { path: '/jobs?filter=error:nowhere', main: '[data-empty]' },
  { path: '/jobs?filter=metadata.order:o-1000003', main: `${table}, [data-empty]` },
  { path: `/jobs/${job}`, main: anything },
  { path: `/jobs/${job}?tab=logs`, main: anything },
  { path: '/failures', main: 'ul li' },
  { path: '/failures?range=all', main: 'ul li' },
  { path: '/schedules', main: table },
  { path: '/schedules?view=calendar', main: 'table' },
  { path: `/schedules/${schedule}`, main: anything },
  { path: `/schedules/${schedule}?tab=backfill`, main: anything },
  { path: '/flows', main: table },
  { path: `/flows/${flow}`, main: 'button[aria-expanded]' },
  { path: `/flows/${flow}?view=drawing`, main: '.react-flow__node' },
  { path: '/lanes', main: anything },
  { path: '/workers', main: anything },
  { path: '/handlers', main: table },
  { path: '/handlers/job-7', main: anything },
  { path: '/audit', main: anything },
  { path: '/access', main: anything },
  { path: '/settings', main: anything },
]

export async function measureScreens(browser: Browser, store: Store, parts: readonly string[]): Promise<void> {
  const { url, pid, stop } = await serve(store.storage, 'idle')
  const cpuOfServer = () => cpuOf(pid) + (store.pid === null ? 0 : cpuOf(store.pid))
  const calls = new Map<string, number[]>()
  const table = rows('screen', 'cold, ms', 'worst', 'warm, ms', 'worst', 'click, ms', 'CPU: page', 'server')
  try {
    const first = await newProfile(browser)
    await visit(first, url, { path: '/settings', main: anything }, cpuOfServer) // connections and plans are made
    await first.close()
    for (const screen of screensOf(store.seeded).filter(({ path }) => parts.some((part) => path.includes(part)))) {
      const cold: Visit[] = []
      const warm: Visit[] = []
      for (let n = 0; n < visits; n++) {
        const profile = await newProfile(browser)
        cold.push(await visit(profile, url, screen, cpuOfServer))
        warm.push(await visit(profile, url, screen, cpuOfServer))
        await profile.close()
      }
      for (const { what, ms } of [...cold, ...warm].flatMap(({ calls: own }) => own))
        calls.set(what, [...(calls.get(what) ?? []), ms])
      const all = [...cold, ...warm]
      const row = [...figures(cold), ...figures(warm), middle(all.map(({ click }) => click))]
      const cpu = (['page', 'server'] as const).map((of) => middle(cold.map((one) => one.cpu[of])))
      console.error([screen.path, ...row, ...cpu].join(' '))
      table.add(screen.path, ...row, ...cpu)
    }
  } finally {
    await stop()
  }
  console.log(`\n${table.text()}\n`)
  console.log(slowCalls([...calls].map(([what, times]) => ({ what, ms: Math.max(...times), times }))))
}

type Time = number | null

const figures = (all: readonly Visit[]): [string, string] => [
  middle(all.map(({ ready }) => ready)),
  shown(all.some(({ ready }) => ready === null) ? null : Math.max(...all.map(({ ready }) => ready ?? 0))),
]

const shown = (ms: Time | undefined): string => (ms == null ? 'never' : ms.toFixed(0))
const middle = (times: readonly Time[]): string =>
  shown(times.toSorted((a, b) => (a ?? 1e9) - (b ?? 1e9))[times.length >> 1])

function slowCalls(calls: readonly (Call & { readonly times: readonly number[] })[]): string {
  const table = rows('call over 300 ms', 'worst, ms', 'median, ms', 'calls')
  for (const { what, ms, times } of calls.filter((call) => call.ms > slow).sort((a, b) => b.ms - a.ms))
    table.add(what, ms.toFixed(0), middle(times), String(times.length))
  return table.text()
}
