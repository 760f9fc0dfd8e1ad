/** What the command line says to whoever does not know it yet. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { until } from '../support/condition.ts'
import { newFolder, rota, start, writeConfig } from './command.ts'

const jobs = `[defineJob({ id: 'own', metadata: { team: 'a' }, run: () => 'mine' })]`
const config = `export default defineConfig({ jobs: ${jobs} })`
const several = `export default defineConfig({
  clusters: {
    main: { storage: 'sqlite:main.db', lanes: { mail: 1 } }, sales: { storage: 'sqlite:sales.db', mode: 'passive' },
    old: { storage: 'sqlite:old.db', mode: 'archived' },
  },
  defaultCluster: 'main', jobs: ${jobs},
})`

function folderWith(body: string): string {
  const folder = newFolder()
  writeConfig(folder, body)
  return folder
}

interface Listed {
  readonly id: string
  readonly metadata: object
  readonly expiresAt: string
}

const listed = async (folder: string, ...flags: string[]) =>
  JSON.parse((await rota(folder, 'jobs', 'list', '--json', ...flags)).stdout) as Listed[]

test.each([
  ['worker', []],
  ['enqueue', ['send-welcome']],
])('%s without a configuration file says where it looked, and makes no database', async (command, args) => {
  const folder = newFolder()
  const ended = await rota(folder, command, ...args)
  expect(ended).toMatchObject({ code: 2, stdout: '' })
  expect(ended.stderr).toMatch(/^rota: There is no configuration file in [^\n]+ \[config_invalid\]\n$/)
  for (const part of [folder, 'rota.config.ts, rota.config.js, rota.config.mjs', '--config <file>'])
    expect(ended.stderr).toContain(part)
  expect(existsSync(join(folder, 'rota.db'))).toBe(false)
})

test('without a configuration file stored jobs can be looked at and steered; the settings are the defaults', async () => {
  const folder = folderWith(config)
  const { stdout } = await rota(folder, 'enqueue', 'own', '--in', '1h')
  const elsewhere = newFolder()
  const storage = ['--storage', `sqlite:${join(folder, 'rota.db')}`]
  expect(await listed(elsewhere, ...storage)).toHaveLength(1)
  expect(await rota(elsewhere, 'jobs', 'run', stdout.split(' ')[0] as string, ...storage)).toMatchObject({ code: 0 })
  const shown = await rota(elsewhere, 'config', 'show')
  expect(shown.stdout).toMatch(/^jobs +\[\] +default$/m)
})

test('a list names only the cluster that it looked at', async () => {
  const folder = folderWith(several)
  const say = async (...flags: string[]) => (await rota(folder, 'jobs', 'list', ...flags)).stderr
  expect(await say()).toMatch(/^no such jobs in main \(sqlite:\S.*main\.db\)\n$/)
  expect(await say('--cluster', 'sales')).toMatch(/^no such jobs in sales \(sqlite:\S.*sales\.db\)\n$/)
})

test('a worker names the clusters it works on, their lanes, and those it leaves alone', async () => {
  const folder = folderWith(several)
  await rota(folder, 'migrate', '--storage', 'sqlite:old.db') // an archived cluster is never written
  const worker = start(['worker'], { cwd: folder })
  await until('it serves', () => worker.stderr().includes('serving'))
  expect(worker.stderr()).toMatch(
    /^serving own in lane mail of main \(.*main\.db\); not sales \(passive\), old \(archived\)$/m,
  )
  worker.process.kill('SIGTERM')
  await worker.ended
})

test('explain prints commands that go to the cluster it was asked about', async () => {
  const folder = folderWith(several)
  const command = async (...flags: string[]) => {
    const id = (await rota(folder, 'enqueue', 'own', '--in', '1h', ...flags)).stdout.split(' ')[0] as string
    const [json, text, shown] = await Promise.all([
      rota(folder, 'jobs', 'explain', id, '--json', ...flags),
      rota(folder, 'jobs', 'explain', id, ...flags),
      rota(folder, 'jobs', 'show', id, ...flags),
    ])
    const found = (JSON.parse(json.stdout).waitsFor as { code: string; command: string }[]).find(
      (one) => one.code === 'scheduled',
    )
    expect(text.stdout.split('\n')).toContain(`  $ ${found?.command}`)
    expect(shown.stdout).toContain(`$ ${found?.command}`)
    return found?.command.replace(id, '<id>')
  }
  expect(await command('--cluster', 'sales')).toBe('rota jobs run <id> --cluster sales')
  expect(await command('--cluster', 'main')).toBe('rota jobs run <id>')
})

test('metadata, ends and retention are said for one job', async () => {
  const folder = folderWith(config)
  const metadata = ['n=42', 'yes=true', 'version=1.10', 'text="42"', 'empty=', 'formula=a=b', 'team=null']
  const flags = ['--on-timeout', 'mark', '--on-lapse', 'fail', '--expires-at', '2090-01-31T09:00:00Z']
  const kept = ['--keep-succeeded', 'none', '--keep-failed', '60d']
  const ended = await rota(
    folder,
    'enqueue',
    'own',
    ...metadata.flatMap((one) => ['--metadata', one]),
    ...flags,
    ...kept,
  )
  expect(ended).toMatchObject({ code: 0 })
  expect((await listed(folder))[0]).toMatchObject({
    metadata: { n: 42, yes: true, version: '1.10', text: '42', empty: '', formula: 'a=b' },
    expiresAt: '2090-01-31T09:00:00.000Z',
  })
  expect((await listed(folder))[0]?.metadata).not.toHaveProperty('team')
})

test.each([
  [['--metadata', 'team'], '--metadata: "team" has no value. Write key=value, such as team=mail. [option_invalid]'],
  [['--on-timeout', 'stop'], 'onTimeout: "stop" is not allowed'],
  [['--on-lapse', 'stop'], 'onLapse: "stop" is not allowed'],
  [['--keep-failed', 'none'], 'failed: "none" is not a duration'],
  [
    ['--at', 'tomorrow'],
    '--at: "tomorrow" is not an instant. Write date, time and zone, such as 2027-01-31T09:00:00Z or',
  ],
  [['--expires-at', '2027-01-31'], 'for a time from now use --expires-in 1d. [instant_invalid]'],
])('enqueue %j is refused', async (flags, message) => {
  const ended = await rota(folderWith(config), 'enqueue', 'own', ...flags)
  expect(ended).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(message) })
})

const usage: [args: string[], message: string][] = [
  ...['list', 'retry', 'cancel', 'logs', 'show'].map((name): [string[], string] => [
    [name, 'x'],
    `unknown command '${name}'; did you mean \`rota jobs ${name}\`?`,
  ]),
  [['status'], "unknown command 'status'; did you mean `rota jobs show <id>`?"],
  [['version'], "unknown command 'version'; did you mean `rota --version`?"],
  [['jobs', 'get', 'x'], "unknown command 'get'; did you mean `rota jobs show <id>`?"],
  [['jobs', 'list', '--state', 'failed'], "unknown option '--state'; write state:failed"],
  [['jobs', 'list', '--json', '--lane=mail'], "unknown option '--lane=mail'; write lane:mail"],
  [['jobs', 'purge', '--older-than', '1d', '--state'], "unknown option '--state'; write state:…"],
  [['enqueue', 'own', '--delay', '5m'], "unknown option '--delay'; use --in"],
  [
    ['worker', '--concurrency', '5'],
    "unknown option '--concurrency'; use `lanes: { default: 20 }` in the configuration file",
  ],
  [['jobs', 'list', '--jsn'], "unknown option '--jsn' (Did you mean --json?)"],
]

test.each(usage)('%j is a usage error that says what to type', async (args, message) => {
  expect(await rota(newFolder(), ...args)).toEqual({ code: 2, stdout: '', stderr: `rota: ${message} [usage]\n` })
})

test('the help says what has to be said', async () => {
  expect((await rota(newFolder(), 'jobs', 'purge', '--help')).stdout).toMatch(/--older-than [^-]+\(required\)/)
})

test('jobs reschedule takes an instant too', async () => {
  const id = '01890a5d-ac96-774b-bcce-b302099a8057'
  const { code, stderr } = await rota(newFolder(), 'jobs', 'reschedule', id, '--at', 'tomorrow')
  expect([code, stderr]).toEqual([2, expect.stringContaining('for a time from now use --in 1d. [instant_invalid]')])
})
