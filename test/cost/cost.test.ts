/**
 * What a job costs, in counts and bytes, never in time: so that the hot path does not get slower unnoticed. Whoever makes
 * it dearer with good reason enters the new figure here, and whoever makes it cheaper, too.
 */
import { execFile } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'
import { measurePostgres } from './postgres.ts'

/** No-op jobs with 80 characters of input, 50 slots, one worker; "way" is from enqueue to the history. */
const table: Readonly<Record<string, { readonly today: number; readonly atMost: number }>> = Object.freeze({
  'PostgreSQL insert: statements per 1 000 jobs': { today: 2, atMost: 2.5 }, // one is the hint
  'PostgreSQL insert: WAL bytes per job': { today: 442, atMost: 480 },
  'PostgreSQL insert: pages touched per job': { today: 5.1, atMost: 6 },
  'PostgreSQL drain: claims per 1 000 jobs': { today: 1.3, atMost: 2 },
  'PostgreSQL drain: settles per 1 000 jobs': { today: 1.2, atMost: 3 }, // by what gathers
  'PostgreSQL drain: other statements in all': { today: 27, atMost: 33 }, // four publish the jobs at the start, the counts come at the stop
  'PostgreSQL drain: WAL bytes per job': { today: 721, atMost: 780 },
  'PostgreSQL drain: pages touched per job': { today: 11.6, atMost: 13 },
  'PostgreSQL drain, no output: pages touched per job': { today: 11.6, atMost: 13 },
  'PostgreSQL way: rows written per job': { today: 4, atMost: 4.5 }, // in, claimed, out, into the history
  'PostgreSQL way: dead rows per job': { today: 1, atMost: 1.4 },
  'PostgreSQL way: claims that were not HOT, %': { today: 0, atMost: 2 },
  'PostgreSQL idle: statements per poll': { today: 0.8, atMost: 1.1 }, // looks in vain are five polls apart
  'SQLite insert: statements per 1 000 jobs': { today: 1004, atMost: 1100 },
  'SQLite insert: WAL bytes per job': { today: 381, atMost: 480 },
  'SQLite drain: statements per 1 000 jobs': { today: 22.2, atMost: 24 }, // two look for stored definitions at the start
  'SQLite drain: commits per 1 000 jobs': { today: 1.8, atMost: 2.6 },
  'SQLite drain: WAL bytes per job': { today: 1193, atMost: 1450 },
  'Heap, way with SQLite in memory: bytes per job': { today: 6590, atMost: 7000 },
  'Heap, way with the engine alone: bytes per job': { today: 4150, atMost: 4500 },
})

test('a job costs PostgreSQL what it did', async () => check('PostgreSQL', await measurePostgres(10_000)))

test('a job costs SQLite what it did', async () => {
  const folder = temporaryFolder('cost')
  const lines = await runChild([], 'sqlite-child.ts', join(folder, 'rota.db'), '5000')
  rmSync(folder, { recursive: true })
  check('SQLite', lines.at(-1) as Record<string, number>)
})

test('a job allocates what it did', async () => {
  check('Heap', {
    'Heap, way with SQLite in memory: bytes per job': await allocated('sqlite'),
    'Heap, way with the engine alone: bytes per job': await allocated('engine'),
  })
})

/** The median of the last three rounds, when everything is compiled. */
async function allocated(kind: 'sqlite' | 'engine'): Promise<number> {
  const roomy = ['--expose-gc', '--min-semi-space-size=128', '--max-semi-space-size=128']
  const rounds = (await runChild(roomy, 'heap-child.ts', kind, '5000')).slice(-3)
  expect(rounds.map((round) => round.collections)).toEqual([0, 0, 0]) // or the bytes would mean nothing
  return rounds.map((round) => round.bytes as number).sort((a, b) => a - b)[1] as number
}

async function runChild(flags: readonly string[], file: string, ...args: string[]): Promise<Record<string, number>[]> {
  const command = [...flags, join(import.meta.dirname, file), ...args]
  const { stdout } = await promisify(execFile)(process.execPath, command, { timeout: 50_000 })
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

/** Everything of a kind in the table was measured, is not above its bound, and is still what the table says. */
function check(kind: string, measured: Readonly<Record<string, number>>): void {
  const wanted = Object.entries(table).filter(([name]) => name.startsWith(kind))
  const lines = wanted.map(([name, { today, atMost }]) => {
    const value = measured[name] ?? Number.NaN
    const verdict = value > atMost ? 'TOO MUCH' : value >= today / 4 ? '' : 'IS IT STILL COUNTED? THEN ENTER IT'
    return `${name.padEnd(52)} ${value.toFixed(1).padStart(8)}  at most ${String(atMost).padStart(5)} ${verdict}`.trimEnd()
  })
  console.log(lines.join('\n'))
  expect(Object.keys(measured)).toEqual(wanted.map(([name]) => name))
  expect(lines.filter((line) => /[A-Z]$/.test(line))).toEqual([])
}
