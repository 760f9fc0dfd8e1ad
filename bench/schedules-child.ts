/**
 * A process of W12: `node schedules-child.ts fire|probe|punctual <storage> <seconds>`. It says `ready` when it is at work; what it
 * has measured comes as one line of JSON when it is told to end by a line on its standard input, or when its time is over.
 */
/** Built, as it is installed. */
const built = await import(new URL('../dist/index.js', import.meta.url).href)
const { createRota, defineJob, type } = built as typeof import('../src/index.ts')

const [mode, storage, seconds] = process.argv.slice(2) as [string, string, string]
const lates: number[] = []

const slot = defineJob({ id: 'slot', lane: mode === 'punctual' ? 'default' : 'slots', run: () => {} })
const probe = defineJob({
  id: 'probe',
  lane: 'probe',
  input: type<number>(),
  run: (enqueuedAt) => void lates.push(performance.now() - enqueuedAt),
})
const rota = createRota({
  storage,
  jobs: mode === 'probe' ? [probe] : [slot],
  lanes: mode === 'fire' ? { none: 1 } : { [mode === 'probe' ? 'probe' : 'default']: 10 },
})
rota.on('worker:trouble', ({ error, during }) => console.error(during, error))

if (mode === 'punctual')
  rota.schedule('every-second', (ctx) => void lates.push(Date.now() - ctx.scheduledFor.getTime())).cron('* * * * * *')
await rota.start()
const probing = mode === 'probe' ? setInterval(() => void rota.enqueue(probe, performance.now()), 20) : undefined
console.log('ready')

await new Promise<void>((resolve) => {
  process.stdin.once('data', () => resolve())
  setTimeout(resolve, Number(seconds) * 1_000)
})
clearInterval(probing)
console.log(JSON.stringify({ lates }))
await rota.stop({ grace: 1_000 })
process.exit(0)
