/** What a browser that has never been here is sent for the overview. */
import type { Browser } from 'playwright-core'
import { newProfile, serve } from './chromium.ts'
import { rows } from './print.ts'

export async function measureLoad(browser: Browser, storage: string): Promise<void> {
  const { url, stop } = await serve(storage, 'idle')
  try {
    const profile = await newProfile(browser)
    const page = await profile.newPage()
    const cdp = await profile.newCDPSession(page)
    await cdp.send('Network.enable')
    const files = new Map<string, { name: string; type: string; sent: number; whole: number }>()
    cdp.on('Network.responseReceived', ({ requestId, response, type }) => {
      files.set(requestId, { name: nameOf(response.url), type, sent: 0, whole: 0 })
    })
    cdp.on('Network.dataReceived', ({ requestId, dataLength }) => {
      const file = files.get(requestId)
      if (file !== undefined) file.whole += dataLength
    })
    cdp.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      const file = files.get(requestId)
      if (file !== undefined) file.sent = encodedDataLength
    })
    await page.goto(url)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await new Promise((resolve) => setTimeout(resolve, 3_000))
    const all = [...files.values()].filter(({ name }) => !name.startsWith('/api/') && name !== '/healthz')
    const table = rows('file', 'sent, kB', 'whole, kB')
    const kB = (bytes: number) => (bytes / 1_000).toFixed(1)
    const sum = (of: 'sent' | 'whole') => kB(all.reduce((bytes, file) => bytes + file[of], 0))
    for (const { name, sent, whole } of all.toSorted((a, b) => b.sent - a.sent)) table.add(name, kB(sent), kB(whole))
    table.add(`all ${all.length} files`, sum('sent'), sum('whole'))
    console.log(`\n${table.text()}\n`)
    await profile.close()
  } finally {
    await stop()
  }
}

const nameOf = (address: string): string => new URL(address).pathname.replace(/-[\w-]{8}(\.\w+)$/, '$1')
