/**
 * The server that is looked at, a process of its own: `node server.ts <storage> idle|busy`. Its worker is `idle` in a lane of its own, or `busy`
 * with 500 jobs a second that are stored here, too. It tells its address, and ends when it is told anything.
 */
import { readdirSync } from 'node:fs'
import { createRota } from '../../src/index.ts'
import { createServer } from '../../src/server/index.ts'
import { quick, step, stored } from './jobs.ts'

const [storage, work] = process.argv.slice(2) as [string, 'idle' | 'busy']
const perSecond = 500
const pause = 100

const lanes = work === 'idle' ? { other: 5 } : { default: 20 }
const rota = createRota({ storage, jobs: [...stored, step, quick], lanes })
rota.on('worker:trouble', ({ error, during }) => console.error(during, error))
const server = createServer(rota, { trustLocal: true, secret: 'the secret of a benchmark, long enough' })
const { url } = await server.listen({ port: 0 })
await rota.start()
await keepPortal()
const producing = work === 'busy' ? setInterval(() => void produce(), pause) : undefined
process.once('message', () => void end())
process.once('disconnect', () => process.exit(1))
process.send?.({ url })

/** The server keeps in memory what was asked for: then the portal may be built anew meanwhile. */
async function keepPortal(): Promise<void> {
  const assets = readdirSync(new URL('../../dist/portal/assets', import.meta.url)).map((name) => `assets/${name}`)
  for (const name of ['', 'theme.js', 'favicon.svg', ...assets]) {
    const { ok, status } = await fetch(`${url}/${name}`)
    if (!ok) throw new Error(`The portal has no ${name} (${status}): build it first, npm run build.`)
  }
}

let due = 0
let began = performance.now()
let n = 0

/** As many as are due by now; what could not be stored in a second is left out. */
async function produce(): Promise<void> {
  const now = performance.now()
  due = Math.min(perSecond, due + ((now - began) * perSecond) / 1_000)
  began = now
  const jobs = Math.floor(due)
  due -= jobs
  await rota.enqueueMany(
    quick,
    Array.from({ length: jobs }, () => ({ n: n++ })),
  )
}

async function end(): Promise<void> {
  clearInterval(producing)
  await server.close({ grace: 100 })
  await rota.stop({ grace: 1_000 })
  process.exit(0)
}
