/**
 * The long run of the chaos tests: `npm run chaos [-- --only kill,cut --kills 200 --seconds 60 …]`. Prints what was done
 * and counted; ends with 1 when a promise was broken.
 */
import { parseArgs } from 'node:util'
import type { RunningPostgres } from '../support/postgres.ts'
import { cut } from './cut.ts'
import { cutSettle } from './cut-settle.ts'
import { kill } from './kill.ts'
import { onPostgres, onSqlite, type Place } from './places.ts'
import { printed, type Report } from './report.ts'
import { restart } from './restart.ts'
import { stop } from './stop.ts'
import { sync } from './sync.ts'
import { writers } from './writers.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    kills: { type: 'string', default: '200' },
    stops: { type: 'string', default: '5' },
    cuts: { type: 'string', default: '1000' },
    restarts: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '60' },
    detail: { type: 'boolean', default: false },
  },
})

const sqlite = (run: (place: Place) => Promise<Report>) => () => onSqlite(run)
const postgres = (run: (place: Place, server: RunningPostgres) => Promise<Report>) => () => onPostgres(run)
const both = (run: (place: Place) => Promise<Report>) => [sqlite(run), postgres(run)]

const kills = { kills: Number(values.kills) }
const stops = { stops: Number(values.stops) }
const cuts = { cuts: Number(values.cuts) }
const restarts = { restarts: Number(values.restarts) }
const limits = { processes: 8, seconds: Number(values.seconds), delay: 20, turn: 20, log: 80e6, detail: values.detail }

const scenarios: Record<string, readonly (() => Promise<Report>)[]> = {
  kill: both((place) => kill(place, kills)),
  stop: both((place) => stop(place, stops)),
  cut: [
    postgres((place) => cut(place, cuts)),
    postgres((place) => cutSettle(place, { cuts: Math.ceil(cuts.cuts / 10) })),
  ],
  writers: [sqlite((place) => writers(place, limits))],
  sync: [sqlite((place) => sync(place, { jobs: 100 }))],
  restart: [postgres((place, server) => restart(place, server, restarts))],
}

let violated = false
for (const name of values.only?.split(',') ?? Object.keys(scenarios)) {
  const runs = scenarios[name]
  if (runs === undefined) throw new Error(`There is no scenario "${name}": ${Object.keys(scenarios).join(', ')}`)
  for (const run of runs) {
    const start = performance.now()
    const report = await run().catch((error): Report => {
      return { scenario: name, on: 'came to no end', counts: {}, violations: [String(error)] }
    })
    console.log(printed(report, (performance.now() - start) / 1_000))
    violated ||= report.violations.length > 0
  }
}
process.exitCode = violated ? 1 : 0
