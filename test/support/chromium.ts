/** A real browser: that of the system. */
import { type Browser, chromium } from 'playwright-core'
import { programFile } from './services.ts'

/** Its file, or null. */
export const chromiumFile = programFile('chromium')

/** @throws Error where there is none, with what to do */
export function launchChromium(): Promise<Browser> {
  if (chromiumFile === null) throw new Error('Chromium is not installed: npm run setup:services')
  const args = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking']
  return chromium.launch({ executablePath: chromiumFile, args })
}
