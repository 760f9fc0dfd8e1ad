/** `docs/seeds.md` names a test for each capability, or says why there is none. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs/seeds.md'), 'utf8')

/** Capability and what is said of it, row by row. */
const rows = page
  .split('\n')
  .filter((line) => /^\| (?!---|capability)/.test(line))
  .map((line) => line.slice(2, -2).split(' | ') as [string, string])

const named = rows.flatMap(([, said]) => {
  const [, file, name] = /`((?:src|test)\/[\w./-]+)` › "(.*)"/.exec(said) ?? []
  return file !== undefined && name !== undefined ? [{ file, name }] : []
})

/** A test, or a case of the conformance suite, of this name. */
function stands(file: string, name: string): boolean {
  if (!existsSync(join(root, file))) return false
  const quoted = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`(\\btest\\(\\s*|\\basync )'${quoted}'`).test(readFileSync(join(root, file), 'utf8'))
}

test('every test that is named exists', () => {
  expect(named.length).toBeGreaterThan(40)
  expect(named.filter(({ file, name }) => !stands(file, name))).toEqual([])
  expect(stands('test/seeds/jobmaster.test.ts', 'a test that nobody wrote')).toBe(false)
})

test('every capability has a test, or a reason why not', () => {
  expect(rows.length).toBeGreaterThan(60)
  const allowed = /^(?:[^"]*: )?`(src|test)\/|^the same test$|^differs because .{20,}|^later(?: in this issue)?: .{3,}/
  expect(rows.filter((row) => row.length !== 2 || !allowed.test(row[1]))).toEqual([])
  const mentioned = rows.filter(([, said]) => /`(src|test)\/(?!types\/)/.test(said)) // of types tsc says whether they are right
  expect(named.length).toBe(mentioned.length)
})

test('every sample that is transcribed stands in the page', () => {
  const samples = readdirSync(join(root, 'test/seeds')).filter((file) => file !== 'seeds.test.ts')
  const missing = samples.flatMap((file) =>
    [...readFileSync(join(root, 'test/seeds', file), 'utf8').matchAll(/\btest\(\s*'((?:\\.|[^'])*)'/g)]
      .filter(([, name]) => !named.some((one) => one.file === `test/seeds/${file}` && one.name === name))
      .map(([, name]) => `${file}: ${name}`),
  )
  expect(missing).toEqual([])
})
