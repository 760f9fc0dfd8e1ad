/** The browser, and the server as a process of its own. */
import { fork } from 'node:child_process'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'

const viewport = { width: 1440, height: 900 }

/** A browser profile of its own, in which nothing was loaded before. */
export const newProfile = (browser: Browser) =>
  browser.newContext({ locale: 'en-GB', timezoneId: 'Europe/Berlin', viewport })

export interface Serving {
  readonly url: string
  readonly pid: number
  stop(): Promise<void>
}

export async function serve(storage: string, work: 'idle' | 'busy'): Promise<Serving> {
  const child = fork(join(import.meta.dirname, 'server.ts'), [storage, work])
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const url = await new Promise<string>((resolve, reject) => {
    child.once('message', (message) => resolve((message as { url: string }).url))
    child.once('exit', (code) => reject(new Error(`the server ended with ${code} before it was ready`)))
  })
  return {
    url,
    pid: child.pid as number,
    async stop() {
      child.send('end')
      await gone
    },
  }
}
