/**
 * A process of W13: `node server-child.ts serve|hollow|load|watch <storage or url> <key>`.
 * `serve` is a server with a worker; `hollow` the same whose storage answers an insert without storing anything. `load` stores jobs by POST
 * over 64 connections, or so many a second; `watch` opens 200 streams of events. Commands come as lines of JSON, answers go the same way.
 */
import { Agent, request } from 'node:http'
import { createInterface } from 'node:readline'

const [mode, place, key = ''] = process.argv.slice(2) as [string, string, string?]
const tell = (value: unknown) => console.log(JSON.stringify(value))

/** Built, as it is installed. */
const dist = (file: string) => import(new URL(`../dist/${file}`, import.meta.url).href)

if (mode === 'serve' || mode === 'hollow') await serve()
else if (mode === 'watch') watch()
else createInterface({ input: process.stdin }).on('line', (line) => void load(JSON.parse(line)).then(tell))

async function serve(): Promise<void> {
  const { createRota, defineJob } = (await dist('index.js')) as typeof import('../src/index.ts')
  const { createServer } = (await dist('server/index.js')) as typeof import('../src/server/index.ts')
  const { createPeople } = (await dist('server/people.js')) as typeof import('../src/server/people.ts')
  const { openStorage } = (await dist('storage/open.js')) as typeof import('../src/storage/open.ts')
  const storage = await openStorage(place)
  const insert: typeof storage.insert = async (jobs) => {
    await new Promise(setImmediate) // what comes together travels together, as with a database
    return jobs.map(({ id }) => ({ status: 'created', id }))
  }
  const job = defineJob({ id: 'bench', run: () => {} })
  const rota = createRota({ storage: mode === 'hollow' ? { ...storage, insert } : storage, jobs: [job] })
  await rota.migrations.up()
  const by = { actor: { kind: 'cli', id: '', name: 'bench' }, address: null, action: 'keys.create' } as const
  const people = createPeople(async () => storage)
  const keys: string[] = []
  for (let i = 0; i < 10; i++) keys.push((await people.addKey({ name: `bench ${i}`, role: 'operator' }, by)).key)
  const server = createServer(rota, { secret: 'the secret of a benchmark, long enough' })
  const { url } = await server.listen({ port: 0 })
  createInterface({ input: process.stdin }).on('line', async (line) => {
    if (line === '"work"') await rota.start()
    if (line === '"end"') process.exit(0)
    const { cpuUsage, memoryUsage } = process
    tell({ cpu: cpuUsage(), rss: memoryUsage().rss, succeeded: (await rota.jobs.stats()).finished.succeeded })
  })
  tell({ url, keys })
}

interface Load {
  readonly ms: number
  /** As fast as it goes over so many connections, each call after the last. */
  readonly connections: number
  /** Or so many a second. */
  readonly perSecond?: number
}

/** Gives how many were stored, and how long each call took. */
async function load({ ms, connections, perSecond }: Load) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const times: number[] = []
  const start = performance.now()
  const end = start + ms
  const call = async () => {
    const from = performance.now()
    await post(agent)
    times.push(performance.now() - from)
  }
  const one = async () => {
    while (performance.now() < end) await call()
  }
  if (perSecond === undefined) await Promise.all(Array.from({ length: connections }, one))
  else {
    const calls: Promise<void>[] = []
    for (let n = 0; performance.now() < end; n++) {
      const wait = start + (n * 1_000) / perSecond - performance.now()
      if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait))
      calls.push(call())
    }
    await Promise.all(calls)
  }
  const took = performance.now() - start
  agent.destroy()
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))]
  return { jobs: times.length, rate: (times.length * 1_000) / took, p50: at(0.5), p99: at(0.99) }
}

function post(agent: Agent): Promise<void> {
  const body = JSON.stringify({ job: 'bench', input: { name: 'Ada', amount: 12, note: 'x'.repeat(60) } })
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'content-length': body.length }
  return new Promise((resolve, reject) => {
    const sent = request(`${place}/api/jobs`, { method: 'POST', agent, headers }, (response) => {
      if (response.statusCode !== 201) reject(new Error(`the server answered ${response.statusCode}`))
      response.resume().once('end', resolve)
    })
    sent.once('error', reject).end(body)
  })
}

/** A key may have 20 streams. */
function watch(): void {
  const keys = key.split(',')
  let events = 0
  for (let i = 0; i < 200; i++) {
    const headers = { authorization: `Bearer ${keys[i % keys.length]}` }
    const agent = new Agent({ maxSockets: 1_000 })
    request(`${place}/api/events`, { headers, agent }, (response) => {
      if (response.statusCode !== 200) throw new Error(`a stream was answered with ${response.statusCode}`)
      response.setEncoding('utf8').on('data', (text: string) => {
        events += text.split('event: message').length - 1
      })
    }).end()
  }
  createInterface({ input: process.stdin }).on('line', () => tell({ events }))
  setTimeout(() => tell({ watching: 200 }), 2_000)
}
