import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { newFolder, rota, start, writeConfig } from './command.ts'

const stored = (folder: string, file: string) => existsSync(join(folder, file))

test('flag goes before environment, environment before file, file before default', async () => {
  const folder = newFolder()
  const list = (env: Record<string, string>, ...flags: string[]) =>
    start(['jobs', 'list', ...flags], { cwd: folder, env }).ended
  await list({})
  expect(stored(folder, 'rota.db')).toBe(true)
  writeConfig(folder, `export default defineConfig({ storage: 'sqlite:file.db' })`)
  await list({})
  expect(stored(folder, 'file.db')).toBe(true)
  await list({ DATABASE_URL: 'sqlite:url.db' })
  expect(stored(folder, 'url.db')).toBe(true)
  await list({ DATABASE_URL: 'sqlite:no.db', ROTA_STORAGE: 'sqlite:environment.db' })
  expect(stored(folder, 'environment.db')).toBe(true)
  await list({ ROTA_STORAGE: 'sqlite:no.db' }, '--storage', 'sqlite:flag.db')
  expect(stored(folder, 'flag.db')).toBe(true)
  expect(stored(folder, 'no.db')).toBe(false)
})

test.each(['rota.config.ts', 'rota.config.js', 'rota.config.mjs'])('%s is found in the folder', async (name) => {
  const folder = newFolder()
  if (name.endsWith('.js')) writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  writeConfig(folder, `export default defineConfig({ storage: 'sqlite:found.db' })`, name)
  await rota(folder, 'jobs', 'list')
  expect(stored(folder, 'found.db')).toBe(true)
})

test('--config names any other file', async () => {
  const folder = newFolder()
  writeConfig(folder, `export default defineConfig({ storage: 'sqlite:other.db' })`, 'other.ts')
  await rota(folder, 'jobs', 'list', '--config', 'other.ts')
  expect(stored(folder, 'other.db')).toBe(true)
})

test.each([
  ['that is not there', null, 'config_invalid', 'no configuration file'],
  ['without a default export', 'export const jobs = []', 'config_invalid', 'exports no options'],
  ['that exports a list', 'export default []', 'config_invalid', 'exports no options'],
  ['with broken syntax', 'export default {', 'config_invalid', 'SyntaxError'],
  ['that throws', `throw new Error('no luck')`, 'config_invalid', 'no luck'],
  ['that never settles', 'await new Promise(() => {})\nexport default {}', 'config_invalid', 'never ends'],
  ['with an unknown key', 'export default { lane: {} }', 'option_unknown', 'did you mean "lanes"'],
  ['with a wrong value', `export default { poll: 'often' }`, 'duration_invalid', 'poll'],
  ['with what is no job', 'export default { jobs: [{ id: 1 }] }', 'job_invalid', 'defineJob'],
  [
    'with a wrong job',
    `export default { jobs: [defineJob({ id: 'a', rn() {} })] }`,
    'option_unknown',
    'did you mean "run"',
  ],
])('a configuration file %s is a usage error', async (_, body, code, hint) => {
  const folder = newFolder()
  if (body !== null) writeConfig(folder, body)
  const ended = await rota(folder, 'jobs', 'list', '--config', 'rota.config.ts')
  expect(ended).toMatchObject({ code: 2, stdout: '' })
  expect(ended.stderr).toMatch(new RegExp(`^rota: [^\\n]+ \\[${code}\\]\\n$`))
  expect(ended.stderr).toContain(hint)
})

test('ROTA_DEBUG=1 shows the stack', async () => {
  const folder = newFolder()
  const { stderr } = await start(['jobs', 'show', 'abc'], { cwd: folder, env: { ROTA_DEBUG: '1' } }).ended
  expect(stderr).toMatch(/\n {4}at /)
})

test('dev with a configuration file runs its jobs, and walks only where it is told to', async () => {
  const folder = newFolder()
  writeConfig(folder, `export default defineConfig({ jobs: [defineJob({ id: 'own', run: () => 'mine' })] })`)
  await rota(folder, 'enqueue', 'own')
  expect(await rota(folder, 'dev', '--once')).toMatchObject({ code: 0, stdout: '' })
  writeFileSync(join(folder, 'a.txt'), 'a\n')
  const walked = await rota(folder, 'dev', '.', '--once')
  expect(walked).toMatchObject({ code: 0, stdout: expect.stringContaining('2 files hashed') })
  const listed = JSON.parse((await rota(folder, 'jobs', 'list', '--json')).stdout) as { job: string; state: string }[]
  expect(listed.map((one) => `${one.job} ${one.state}`).sort()).toEqual([
    'hash-file succeeded',
    'hash-file succeeded',
    'own succeeded',
  ])
})
