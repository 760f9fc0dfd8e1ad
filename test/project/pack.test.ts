/** What is published: packed, installed in an empty folder, and used there as the README says. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'

const root = resolve(import.meta.dirname, '../..')
const bin = join(root, 'node_modules/.bin')
let folder: string
let app: string

const run = (command: string, args: string[], cwd: string) =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 120_000 })

beforeAll(() => {
  folder = temporaryFolder('a pack')
  app = join(folder, 'app')
  mkdirSync(app)
  run('npm', ['pack', '--pack-destination', folder], root)
  const tarball = readdirSync(folder).find((file) => file.endsWith('.tgz')) as string
  writeFileSync(join(app, 'package.json'), '{ "type": "module" }')
  run('npm', ['install', `../${tarball}`], app)
}, 120_000)
afterAll(() => rmSync(folder, { recursive: true }))

test('the sample of the README runs there', () => {
  const sample = /```js\n([\s\S]*?)```/.exec(readFileSync(join(root, 'README.md'), 'utf8'))?.[1] as string
  writeFileSync(join(app, 'sample.js'), sample)
  expect(run(process.execPath, ['sample.js'], app)).toBe("{ greeted: 'Ada', attempt: 1 }\n")
})

test('the types are right there, also where a mistake must not compile', () => {
  writeFileSync(
    join(app, 'typed.ts'),
    `import { createRota, defineJob, service, type } from 'rota'
import { sqlite } from 'rota/sqlite'
import { postgres } from 'rota/postgres'
import { redisLocks } from 'rota/redis'
import { verifyRequest } from 'rota/receiver'
import { storageConformance } from 'rota/testing'
const greet = defineJob({ id: 'greet', input: type<{ name: string }>(), run: (input, ctx) => (ctx.attempt > 3 ? ctx.snooze('5m') : { greeted: input.name }) })
declare module 'rota' {
  interface Services { clock: { now(): number } }
}
const late = defineJob({ id: 'late', run: (_, ctx) => ctx.services.clock.now() > 0 })
// @ts-expect-error there is no such service
defineJob({ id: 'wrong', run: (_, ctx) => ctx.services.clocks.now() })
const services = { clock: service(() => ({ now: () => 1, extra: true }), { scope: 'process' }) }
const locks = redisLocks({ url: 'redis://127.0.0.1' })
const rota = createRota({ storage: sqlite({ file: 'x.db' }), jobs: [greet, late], services, locks })
const token: number = await rota.lock('x', { wait: 0 }, (lock) => lock.token)
// @ts-expect-error the function is missing
await rota.lock('x', { wait: 0 })
// @ts-expect-error the clock is no text
createRota({ services: { clock: 'late' } })
const { id } = await rota.enqueue(greet, { name: 'Ada' })
const result: { greeted: string } = await rota.result(id)
// @ts-expect-error a property of the input is misspelt
await rota.enqueue(greet, { nam: 'Ada' })
// @ts-expect-error the input is missing
await rota.enqueue(greet)
// @ts-expect-error the result is no number
const wrong: number = await rota.result(id)
export { postgres, result, token, storageConformance, verifyRequest, wrong }
`,
  )
  const options = ['--strict', '--module', 'nodenext', '--target', 'es2024', '--noEmit', '--types', '']
  expect(run(join(bin, 'tsc'), [...options, 'typed.ts'], app)).toBe('')
})

test('the types of the client are', () => {
  writeFileSync(
    join(app, 'client.ts'),
    `import { createClient, jobOf } from 'rota/client'
import { defineJob, type } from 'rota'
const greet = defineJob({ id: 'greet', input: type<{ name: string }>(), run: (input) => input.name })
const client = createClient({ url: 'http://127.0.0.1:4480', token: 'x' })
const { id } = await jobOf<typeof greet>(client, 'greet')({ name: 'Ada' }, { in: '5m' })
export const state: string = (await client.jobs.get({ id })).state
// @ts-expect-error a property of the input is misspelt
await jobOf<typeof greet>(client, 'greet')({ nam: 'Ada' })
// @ts-expect-error there is no such operation
await client.jobs.explode({ id })
`,
  )
  const options = ['--strict', '--module', 'nodenext', '--target', 'es2024', '--noEmit', '--types', '']
  expect(run(join(bin, 'tsc'), [...options, 'client.ts'], app)).toBe('')
})

test('the command line runs there and finds what the sample stored', () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  expect(run(process.execPath, ['node_modules/rota/bin/rota.js', '--version'], app)).toBe(`${version}\n`)
  const jobs = JSON.parse(run(process.execPath, ['node_modules/rota/bin/rota.js', 'jobs', 'list', '--json'], app))
  expect(jobs).toMatchObject([{ job: 'send-welcome', state: 'succeeded', output: { greeted: 'Ada', attempt: 1 } }])
})

test('it ships JavaScript and declarations, no source, no tests', () => {
  const files = readdirSync(join(app, 'node_modules/rota'), { recursive: true, encoding: 'utf8' })
  expect(files).toContain('dist/index.js')
  expect(files).toContain('dist/index.d.ts')
  expect(files.filter((file) => /\.test\.|(^|\/)src\/|(?<!\.d)\.ts$/.test(file))).toEqual([])
})

test('publint finds nothing', () => {
  expect(run(join(bin, 'publint'), ['--strict'], root)).toMatch(/All good/)
})
