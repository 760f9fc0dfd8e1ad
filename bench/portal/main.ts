/**
 * What the portal promises, measured in Chromium: `npm run bench:portal -- screens|memory|load`.
 *
 * `screens`: how long each screen takes with a million live jobs and five million in the history. `memory`: tabs left open while 500 jobs a second
 * go through. `load`: what is sent for the first screen. The stores of `screens` stay in the temp folder; `--fresh` fills them again.
 *
 *   --only sqlite|postgres   --live 1000000   --history 5000000   --minutes 30   --screen <parts of addresses>   --fresh
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { launchChromium } from '../../test/support/chromium.ts'
import { temporaryFolder } from '../../test/support/folder.ts'
import { measureLoad } from './load.ts'
import { measureMemory } from './memory.ts'
import { conditions } from './print.ts'
import { measureScreens } from './screens.ts'
import { type Database, databases, openStore } from './store.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string' },
    live: { type: 'string', default: '1000000' },
    history: { type: 'string', default: '5000000' },
    minutes: { type: 'string', default: '30' },
    screen: { type: 'string', default: '' },
    fresh: { type: 'boolean', default: false },
  },
})
const sizes = { live: Number(values.live), history: Number(values.history) }
const chosen = databases.filter((one) => (values.only ?? one) === one)

async function onStores(
  work: (database: Database, store: Awaited<ReturnType<typeof openStore>>) => Promise<void>,
): Promise<void> {
  for (const database of chosen) {
    const store = await openStore(database, sizes, values.fresh)
    try {
      await work(database, store)
    } finally {
      await store.stop()
    }
  }
}

const what = positionals[0]
if (what === 'seed') await onStores(async () => {})
else {
  const browser = await launchChromium()
  console.log(conditions(browser))
  try {
    if (what === 'screens')
      await onStores(async (database, store) => {
        console.log(`\n${database}: ${sizes.live} live jobs, ${sizes.history} in the history`)
        await measureScreens(browser, store, values.screen.split(','))
      })
    else if (what === 'memory') await onNewFile((storage) => measureMemory(browser, storage, Number(values.minutes)))
    else if (what === 'load') await onNewFile((storage) => measureLoad(browser, storage))
    else throw new Error('Say what to measure: screens, memory or load; or seed, to fill the stores of screens.')
  } finally {
    await browser.close()
  }
}

async function onNewFile(work: (storage: string) => Promise<void>): Promise<void> {
  const folder = temporaryFolder('portal')
  try {
    await work(`sqlite:${join(folder, 'rota.db')}`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
