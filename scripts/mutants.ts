/**
 * Breaks a copy of the source in one place at a time and looks whether the tests notice: `npm run mutants [-- name …]`.
 * A mutant that survives is a guard that nothing tests.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { mutants as engineMutants, type Mutant } from './mutant-list.ts'
import { httpMutants } from './mutant-list-http.ts'
import { serverMutants } from './mutant-list-server.ts'

/** Milliseconds for the tests of one mutant, on a busy machine. */
const patience = 600_000

const root = resolve(import.meta.dirname, '..')
const names = process.argv.slice(2)
const wanted = [...engineMutants, ...serverMutants, ...httpMutants].filter(
  ({ name }) => names.length === 0 || names.includes(name),
)
for (const { name, file, from } of wanted)
  if (!readFileSync(join(root, file), 'utf8').includes(from))
    throw new Error(`${name}: ${file} has no longer the text ${from}`)
const copy = mkdtempSync(join(tmpdir(), 'rota-mutants-'))
let survived = 0
try {
  const files = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).trim().split('\n')
  for (const file of files) {
    mkdirSync(dirname(join(copy, file)), { recursive: true })
    cpSync(join(root, file), join(copy, file))
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  const sound = firstFailure([...new Set(wanted.flatMap((mutant) => mutant.tests))])
  if (sound !== null) throw new Error(`The tests fail without any mutant: ${sound}`)
  for (const mutant of wanted) run(mutant)
} finally {
  rmSync(copy, { recursive: true })
}
console.log(survived === 0 ? 'every mutant was noticed' : `${survived} mutants survived`)
process.exitCode = survived === 0 ? 0 : 1

function run({ name, file, from, to, tests }: Mutant): void {
  const path = join(copy, file)
  const source = readFileSync(path, 'utf8')
  writeFileSync(path, source.replaceAll(from, to))
  const failure = firstFailure(tests)
  writeFileSync(path, source)
  if (failure === null) survived++
  console.log(`${failure === null ? 'SURVIVED' : 'noticed '} ${name.padEnd(26)} ${failure ?? ''}`)
}

/** The name of the first test that fails, or null when all pass. */
function firstFailure(tests: readonly string[]): string | null {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const args = [vitest, 'run', '--bail=1', ...tests]
  const { status, stdout, stderr, error } = spawnSync(process.execPath, args, {
    cwd: copy,
    encoding: 'utf8',
    timeout: patience,
  })
  if (status === 0) return null
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'ETIMEDOUT')
    return `longer than ${patience / 60_000} minutes`
  if (error !== undefined) throw error
  const output = stripVTControlCharacters(stdout + stderr)
  // A file that --bail has cut off is not what we look for.
  return (/FAIL\s+(.* > .*)/.exec(output) ?? /FAIL\s+(.*)/.exec(output))?.[1] ?? 'it does not even start'
}
