/**
 * A process that fires schedules, by a clock that is wrong: `node scheduler.ts <storage> <hours>`. All that asks for the time in
 * this process, Rota too, is told another one.
 */
const [storage, hours] = process.argv.slice(2) as [string, string]
const skew = Number(hours) * 3_600_000
const RealDate = Date
const realNow = Date.now
Date.now = () => realNow() + skew
globalThis.Date = class extends RealDate {
  constructor(...args: [] | [string | number | Date]) {
    super(...((args.length === 0 ? [Date.now()] : args) as [number]))
  }
  static override now = () => realNow() + skew
} as DateConstructor

const { createRota, defineJob } = await import('../../src/index.ts')

const slot = defineJob({ id: 'slot', run: () => {} })
const rota = createRota({ storage, jobs: [slot], lease: '2s', lanes: { default: 20 } })
rota.on('worker:trouble', ({ error, during }) => console.error(during, error))
await rota.start()
console.log('ready')
