/**
 * `npm run sim`: runs seeds, shows what they met, and how to replay one that failed.
 *
 *   --seed N               one seed, with its whole trace tail
 *   --seeds N --from M     N seeds from M on (500 from 1)
 *   --storage NAME         sqlite or model (both)
 *   --provoke A,B          faults that are known to do harm, late-insert: see `knownWeak` in network.ts
 *   --tail N               lines of the trace to show (40)
 *   --keep-going           do not end at the first violation
 */
import { parseArgs } from 'node:util'
import { knownWeak } from './network.ts'
import { type Result, simulate } from './simulate.ts'
import { type StorageName, storages } from './world.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string', default: '500' },
    from: { type: 'string', default: '1' },
    storage: { type: 'string' },
    provoke: { type: 'string', default: '' },
    tail: { type: 'string', default: '40' },
    'keep-going': { type: 'boolean', default: false },
  },
})

const provoked = new Set(values.provoke.split(',').filter(Boolean))
const names = values.storage === undefined ? Object.keys(storages) : [values.storage]
const numbers = [values.seed ?? '0', values.seeds, values.from, values.tail].map(Number)
if ([...provoked].some((name) => !(name in knownWeak)) || names.some((name) => !(name in storages))) {
  fail(`--provoke takes ${Object.keys(knownWeak)}; --storage takes ${Object.keys(storages)}`)
}
if (numbers.some((number) => !Number.isSafeInteger(number) || number < 0)) fail('seeds and lines are whole numbers')
const [seed, count, from, tail] = numbers as [number, number, number, number]
const seeds = values.seed === undefined ? Array.from({ length: count }, (_, i) => from + i) : [seed]

let failed = 0
for (const name of names as StorageName[]) failed += await runAll(name)
process.exitCode = failed > 0 ? 1 : 0

async function runAll(storage: StorageName): Promise<number> {
  const sums = { faults: {} as Record<string, number>, counts: {} as Record<string, number> }
  const start = performance.now()
  const rate = (done: number) => `${(done / ((performance.now() - start) / 1000)).toFixed(1)} seeds/s`
  let violations = 0
  let done = 0
  for (const seed of seeds) {
    const result = await simulate(seed, storage, provoked, tail)
    add(sums.faults, result.faults)
    add(sums.counts, { ...result.counts, 'virtual seconds': Math.round(result.length / 1000) })
    done++
    if (result.violation === null && values.seed !== undefined) console.log(result.tail.join('\n'))
    if (result.violation !== null) {
      violations++
      show(result)
      if (!values['keep-going']) break
    }
    if (process.stderr.isTTY) process.stderr.write(`\r${storage}: ${done}/${seeds.length}, ${rate(done)} `)
  }
  if (process.stderr.isTTY) process.stderr.write('\n')
  const list = (sum: Record<string, number>) =>
    Object.entries(sum)
      .map(([name, n]) => `${name} ${n}`)
      .join(', ')
  console.log(`${storage}: ${done} seeds, ${violations} with a violation, ${rate(done)}`)
  console.log(`  faults: ${list(sums.faults)}\n  met: ${list(sums.counts)}`)
  return violations
}

function add(sum: Record<string, number>, more: Readonly<Record<string, number>>): void {
  for (const [name, n] of Object.entries(more)) sum[name] = (sum[name] ?? 0) + n
}

function show({ seed, storage, violation, tail }: Result): void {
  const provoke = provoked.size > 0 ? ` --provoke ${[...provoked]}` : ''
  console.log(`\nSeed ${seed} on ${storage} violates ${violation?.rule}: ${violation?.what}\n`)
  for (const line of tail) console.log(line)
  console.log(`\nReplay: npm run sim -- --seed ${seed} --storage ${storage}${provoke}\n`)
}

function fail(message: string): never {
  console.error(message)
  process.exit(2)
}
