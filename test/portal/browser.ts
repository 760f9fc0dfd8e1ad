/** A real Chromium for the tests of the portal. Whatever a page complains of fails the test that has it open. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { chromiumFile, launchChromium } from '../support/chromium.ts'
import { hasService } from '../support/services.ts'

/** False where there is no Chromium: then the tests say that they are skipped. */
export const hasChromium = hasService('chromium', chromiumFile)

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** A tab, with what it has complained of so far. */
export interface Visit {
  readonly page: Page
  readonly context: BrowserContext
  /** Errors of scripts, of the console, and violations of the policy. Looked at after each test. */
  readonly problems: string[]
}

export interface Browsing {
  /** Opens a page in a browser of its own, without cookies. @param address the whole of it */
  visit(address: string, options?: BrowserContextOptions): Promise<Visit>
  /** Another tab of the same browser. */
  tab(visit: Visit, address: string): Promise<Visit>
}

/** Call it at the top of a `describe`. */
export function useBrowser(): Browsing {
  let browser: Browser
  let open: Visit[] = []
  beforeAll(async () => {
    browser = await launchChromium()
  })
  afterEach(async () => {
    const seen = open
    open = []
    await Promise.all(seen.map(({ context }) => context.close()))
    expect(seen.flatMap(({ problems }) => problems)).toEqual([])
  })
  afterAll(() => browser.close())

  const tabOf = async (context: BrowserContext, address: string): Promise<Visit> => {
    const page = await context.newPage()
    const visit = { page, context, problems: [] as string[] }
    open.push(visit)
    page.setDefaultTimeout(15_000)
    page.on('pageerror', (error) => visit.problems.push(`error: ${error.message}`))
    page.on('console', (message) => {
      // What the server refuses is told to people by the page; the browser repeats it here.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
        visit.problems.push(`console: ${message.text()}`)
    })
    page.on('dialog', (dialog) => {
      visit.problems.push(`a dialog: ${dialog.message()}`)
      void dialog.dismiss()
    })
    await page.goto(address)
    return visit
  }
  return {
    async visit(address, options = {}) {
      const viewport = { width: 1280, height: 800 }
      const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'UTC', viewport, ...options })
      return tabOf(context, address)
    },
    tab: ({ context }, address) => tabOf(context, address),
  }
}

/** The screen of this title is drawn. */
export const stands = (page: Page, name: string | RegExp): Promise<void> =>
  page.getByRole('heading', { level: 1, name, exact: true }).waitFor()

/** A screen is drawn, and nothing of it is still being loaded. */
export async function settled(page: Page): Promise<void> {
  await page.locator('h1').first().waitFor()
  await expect.poll(() => page.locator('main [role=status]').count(), { timeout: 10_000 }).toBe(0)
}

/** What axe finds against WCAG 2.2 AA, each as `rule: target`. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run(options: object): Promise<AxeResult> } }
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
    const { violations: found } = await axe.run({ runOnly: tags })
    return found.flatMap(({ id, nodes }) =>
      nodes.map(({ target, html }) => `${id}: ${target.join(' ')} ${html.slice(0, 160)}`),
    )
  })
}

interface AxeResult {
  readonly violations: readonly {
    readonly id: string
    readonly nodes: readonly { readonly target: readonly string[]; readonly html: string }[]
  }[]
}
