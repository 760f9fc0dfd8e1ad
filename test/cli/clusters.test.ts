import { existsSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { newFolder, rota, start, writeConfig } from './command.ts'

const jobs = `[defineJob({ id: 'own', run: () => 'mine' })]`
const several = `export default defineConfig({
  clusters: { default: 'sqlite:a.db', sales: { storage: 'sqlite:sales.db', mode: 'passive' }, old: { storage: 'sqlite:a2.db', mode: 'archived' } },
  jobs: ${jobs}, lanes: { default: 2 }, defaults: { retries: 7 },
})`

const listed = async (folder: string, ...flags: string[]) =>
  JSON.parse((await rota(folder, 'jobs', 'list', '--json', ...flags)).stdout) as { job: string }[]

interface Row {
  readonly setting: string
  readonly value: unknown
  readonly from: string
}

test('--cluster says where a command works; without it that is the default one', async () => {
  const folder = newFolder()
  writeConfig(folder, several)
  expect(await rota(folder, 'enqueue', 'own', '--cluster', 'sales')).toMatchObject({ code: 0 })
  expect(existsSync(join(folder, 'a.db'))).toBe(false)
  expect(await listed(folder, '--cluster', 'sales')).toHaveLength(1)
  expect(await listed(folder)).toEqual([])
})

test('an unknown cluster is not found, an archived one is a conflict', async () => {
  const folder = newFolder()
  writeConfig(folder, several)
  const unknown = await rota(folder, 'jobs', 'list', '--cluster', 'slaes')
  expect(unknown).toMatchObject({ code: 3, stdout: '' })
  expect(unknown.stderr).toBe(
    'rota: --cluster: there is no cluster "slaes", did you mean "sales"? Known: default, sales, old. [cluster_unknown]\n',
  )
  const archived = await rota(folder, 'enqueue', 'own', '--cluster', 'old')
  expect(archived).toMatchObject({ code: 5, stderr: expect.stringContaining('[cluster_archived]') })
  const without = newFolder()
  expect(await rota(without, 'jobs', 'list', '--cluster', 'sales')).toMatchObject({ code: 3 })
  expect(await listed(without, '--cluster', 'default')).toEqual([])
})

test('a storage of the command line takes the place of all clusters', async () => {
  const folder = newFolder()
  writeConfig(folder, several)
  const env = { DATABASE_URL: 'sqlite:no.db' }
  await start(['enqueue', 'own'], { cwd: folder, env }).ended
  expect(existsSync(join(folder, 'no.db'))).toBe(false) // the file says where its clusters are
  await rota(folder, 'enqueue', 'own', '--storage', 'sqlite:flag.db')
  expect(await listed(folder, '--storage', 'sqlite:flag.db')).toHaveLength(1)
})

const shown = async (folder: string, env: Record<string, string> = {}, ...flags: string[]) => {
  const ended = await start(['config', 'show', '--json', ...flags], { cwd: folder, env }).ended
  expect(ended).toMatchObject({ code: 0, stderr: '' })
  return new Map((JSON.parse(ended.stdout) as Row[]).map(({ setting, ...row }) => [setting, row]))
}

test('config show tells what is in effect and where it comes from, and opens nothing', async () => {
  const folder = newFolder()
  writeConfig(folder, several)
  const rows = await shown(folder)
  expect(rows.get('clusters.sales.mode')).toEqual({ value: 'passive', from: 'rota.config.ts' })
  expect(rows.get('clusters.default.mode')).toEqual({ value: 'active', from: 'default' })
  expect(rows.get('defaults.retries')).toEqual({ value: 7, from: 'rota.config.ts' })
  expect(rows.get('defaults.timeout')).toEqual({ value: '5m', from: 'default' })
  expect(rows.get('retention.failed')).toEqual({ value: '30d', from: 'default' })
  expect(rows.get('lanes')).toEqual({ value: { default: 2 }, from: 'rota.config.ts' })
  expect(rows.get('jobs')).toEqual({ value: ['own'], from: 'rota.config.ts' })
  expect(existsSync(join(folder, 'a.db'))).toBe(false)
})

test('config show: flag, environment, file and default, in words and without a password', async () => {
  const folder = newFolder()
  expect((await shown(folder)).get('storage')).toMatchObject({ from: 'default' })
  writeConfig(folder, `export default defineConfig({ storage: 'postgres://me:secret@host/db' })`)
  expect((await shown(folder)).get('storage')).toEqual({ value: 'postgres://me@host/db', from: 'rota.config.ts' })
  const env = { DATABASE_URL: 'sqlite:url.db', ROTA_STORAGE: 'sqlite:environment.db' }
  const { ROTA_STORAGE: _, ...url } = env
  expect((await shown(folder, url)).get('storage')).toMatchObject({ from: 'environment DATABASE_URL' })
  expect((await shown(folder, env)).get('storage')).toMatchObject({ from: 'environment ROTA_STORAGE' })
  const flag = ['--storage', 'postgres://me:secret@host/db?password=secret']
  expect((await shown(folder, env, ...flag)).get('storage')).toMatchObject({ from: 'flag --storage' })
  const { stdout } = await rota(folder, 'config', 'show', ...flag)
  expect(stdout).toMatch(/^SETTING +VALUE +FROM\n/)
  expect(stdout).toMatch(/^storage +postgres:\/\/me@host\/db +flag --storage$/m)
  expect(stdout).not.toContain('secret')
})

test('config show tells where the locks are, without the password', async () => {
  const folder = newFolder()
  expect((await shown(folder, {})).get('locks')).toMatchObject({ value: 'the storage', from: 'default' })
  const module = resolve(import.meta.dirname, '../../src/redis/index.ts')
  writeFileSync(
    join(folder, 'rota.config.ts'),
    `import { redisLocks } from ${JSON.stringify(module)}
     export default { locks: redisLocks({ url: 'redis://me:secret@cache:6379/1' }) }`,
  )
  expect((await shown(folder, {})).get('locks')).toMatchObject({
    value: 'redis://cache:6379/1',
    from: 'rota.config.ts',
  })
})

test('config show checks what it shows', async () => {
  const folder = newFolder()
  writeConfig(folder, `export default { clusters: { a: { storag: 'sqlite:a.db' } } }`)
  const ended = await rota(folder, 'config', 'show')
  expect(ended).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('did you mean "storage"') })
})
