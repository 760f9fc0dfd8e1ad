/** What the portal is looked at with: a server, a worker and jobs of every kind, all real. */
import { afterAll, beforeAll, describe } from 'vitest'
import { z } from 'zod'
import { defineJob } from '../../src/index.ts'
import { startPostgres } from '../support/postgres.ts'
import { startServer, type TestServer, type TestServerOptions } from '../support/server.ts'
import { hasChromium } from './browser.ts'

export const greet = defineJob({
  id: 'greet',
  input: z.object({ name: z.string(), loud: z.boolean().optional() }),
  async run({ name, loud }, ctx) {
    ctx.log.info(`greeting ${name}`, { loud: loud ?? false })
    await ctx.progress(50, 'half of it')
    return { greeting: loud ? `HELLO ${name}` : `hello ${name}` }
  },
})

export const bill = defineJob({
  id: 'bill',
  retries: 0,
  input: z.object({ customer: z.string() }),
  run({ customer }, ctx) {
    ctx.log.warn(`the card of ${customer} is refused`)
    throw Object.assign(new Error(`card declined for "${customer}"`), { code: 'CARD_DECLINED' })
  },
})

/** Runs until it is cancelled. */
export const watch = defineJob({
  id: 'watch',
  timeout: '10m',
  async run(_input: { readonly what: string }, ctx) {
    ctx.log.info('watching')
    await new Promise((_, reject) => ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason)))
  },
})

export const worldJobs = [greet, bill, watch]

/** A server with a worker, whose visitors from this machine are its administrators unless told otherwise. */
export async function startWorld(options: TestServerOptions = {}): Promise<TestServer> {
  const server = await startServer({
    jobs: worldJobs,
    trustLocal: true,
    ...options,
    rota: { lanes: { default: 5 }, ...options.rota },
  })
  await server.rota.start()
  return {
    ...server,
    async [Symbol.asyncDispose]() {
      await server.rota.stop({ grace: 0 }) // nobody waits for what only a cancel ends
      await server[Symbol.asyncDispose]()
    },
  }
}

/** The same tests on SQLite and on PostgreSQL, each with a world of its own; skipped where there is no Chromium. */
export function onBothDatabases(
  name: string,
  tests: (world: () => TestServer) => void,
  options: Omit<TestServerOptions, 'storage'> = {},
): void {
  describe.skipIf(!hasChromium)(`${name}, SQLite`, () => {
    let world: TestServer
    beforeAll(async () => {
      world = await startWorld(options)
    })
    afterAll(() => world[Symbol.asyncDispose]())
    tests(() => world)
  })
  describe.skipIf(!hasChromium)(`${name}, PostgreSQL`, () => {
    let world: TestServer
    let stop: () => Promise<unknown>
    beforeAll(async () => {
      const postgres = await startPostgres()
      stop = () => postgres.stop()
      world = await startWorld({ ...options, storage: `${postgres.url}?schema=portal` })
    })
    afterAll(async () => {
      await world[Symbol.asyncDispose]()
      await stop()
    })
    tests(() => world)
  })
}
