/**
 * A process of W14: `node http-child.ts target` is what is called, `node http-child.ts work <storage> <url> <schedules> <seconds>` calls it every
 * second by so many schedules. Commands come as lines on the standard input, answers as lines of JSON.
 */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'

const built = await import(new URL('../dist/index.js', import.meta.url).href)
const { createRota } = built as typeof import('../src/index.ts')

const [mode, storage = '', url = '', schedules = '', seconds = ''] = process.argv.slice(2)
const tell = (told: object) => console.log(JSON.stringify(told))
const commands = createInterface({ input: process.stdin })

if (mode === 'target') await target()
else await work()

async function target(): Promise<void> {
  const lates: number[] = []
  const slots = new Map<string, number>()
  let port = 0
  let server = await up()

  async function up(): Promise<Server> {
    const listening = createServer((request, response) => {
      const slot = String(request.headers['rota-scheduled-for'])
      lates.push(Date.now() - Date.parse(slot))
      slots.set(`${request.url} ${slot}`, (slots.get(`${request.url} ${slot}`) ?? 0) + 1)
      request.resume()
      request.on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}'))
    })
    await new Promise<void>((resolve) => listening.listen(port, '127.0.0.1', resolve))
    port = (listening.address() as AddressInfo).port
    return listening
  }

  tell({ url: `http://127.0.0.1:${port}` })
  commands.on('line', async (line) => {
    if (line === 'down') {
      server.closeAllConnections()
      server.close()
    } else if (line === 'up') server = await up()
    else if (line === 'tell') {
      tell({ lates, slots: slots.size, twice: [...slots.values()].filter((n) => n > 1).length })
      return
    } else process.exit(0)
    tell({ done: line })
  })
}

async function work(): Promise<void> {
  const rota = createRota({
    storage,
    secret: 'a secret of a benchmark with 32 characters or more',
    http: { allow: ['127.0.0.1'] },
    lanes: { default: 50 },
    worker: { name: 'bench' },
  })
  rota.on('worker:trouble', ({ error, during }) => console.error(during, error))
  await rota.start()
  const put = await rota.handlers.put({
    id: 'hook',
    http: { url: `${url}/{{input.n}}`, breaker: { failures: 5, pause: '5s' } },
    retries: 20,
    backoff: { type: 'fixed', delay: '2s' },
    timeout: '10s',
  })
  if (put.status !== 'created') throw new Error(`the definition was ${put.status}`)
  const job = await rota.handlers.job('hook')
  const startsAt = new Date(Math.ceil(Date.now() / 1_000) * 1_000 + 5_000)
  const endsAt = new Date(startsAt.getTime() + Number(seconds) * 1_000)
  const all = Array.from({ length: Number(schedules) }, (_, n) => `every-second-${n}`)
  await Promise.all(
    all.map((id, n) =>
      rota.schedules.put({
        id,
        job,
        input: { n },
        when: { every: '1s' },
        startsAt,
        endsAt,
        overlap: 'allow',
        misfire: { all: { max: 600 } },
      }),
    ),
  )
  tell({ startsAt: startsAt.getTime(), endsAt: endsAt.getTime() })
  commands.on('line', async (line) => {
    if (line === 'end') {
      await rota.stop({ grace: 1_000 })
      process.exit(0)
    }
    const { counts } = await rota.counts()
    const { totals } = await rota.stats({ from: new Date(startsAt.getTime() - 60_000) })
    tell({ counts, retried: totals.retried, held: totals.snoozed })
  })
}
