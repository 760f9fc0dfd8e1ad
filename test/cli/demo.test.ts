import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { until } from '../support/condition.ts'
import { type Ended, newFolder, rota, start } from './command.ts'

interface Job {
  readonly id: string
  readonly state: string
  readonly attempt: number
  readonly input: { readonly path: string; readonly pathBytes?: string }
  readonly output: { path: string; sha256: string; size: number; lines: number; type: string } | null
  readonly error: { readonly message: string; readonly code?: string } | null
}

const isRoot = process.getuid?.() === 0

async function jobsOf(folder: string, ...filter: string[]): Promise<Job[]> {
  return JSON.parse(
    (await rota(folder, 'jobs', 'list', 'job:hash-file', '--limit', '1000', '--json', ...filter)).stdout,
  )
}

/** A folder for the store with a folder `files` in it. */
function newTree(files: Readonly<Record<string, string | Buffer>> = {}): { folder: string; tree: string } {
  const folder = newFolder()
  const tree = join(folder, 'files')
  mkdirSync(tree)
  for (const [name, content] of Object.entries(files)) writeFileSync(join(tree, name), content)
  return { folder, tree }
}

const hashTree = (folder: string, ...args: string[]): Promise<Ended> => rota(folder, 'dev', 'files', '--once', ...args)

test('every file becomes a job whose stored result is true', async () => {
  const files = {
    'code.ts': 'const a = 1\nconst b = 2\n',
    'empty.txt': '',
    'no line end': 'one\ntwo',
    'data.bin': Buffer.from([1, 0, 2, 10, 3]),
    'pic.png': Buffer.from([0x89, 0x50, 0, 10]),
    'late nul.txt': `${'x'.repeat(10_000)}\0`,
    'new\nline\x1b[31m.md': '# hi\n',
    'ünï ☃.json': '{}\n',
    'large.txt': 'line\n'.repeat(300_000),
  }
  const { folder, tree } = newTree(files)
  const { code, stdout, stderr } = await hashTree(folder)
  expect(code).toBe(0)
  expect(stderr).toContain('9/9 files · 0 failed')
  expect(stdout).toMatch(/^9 files hashed, 1\.5 MB \(1,510,0\d\d bytes\), 300,010 lines; 0 failed$/m)

  const jobs = await jobsOf(folder, 'state:succeeded')
  const byPath = new Map(jobs.map((job) => [job.input.path, job]))
  for (const [name, content] of Object.entries(files)) {
    const job = byPath.get(join(tree, name)) as Job
    const sha256 = createHash('sha256').update(content).digest('hex')
    expect(job.output).toMatchObject({ path: join(tree, name), sha256, size: Buffer.byteLength(content) })
    expect(JSON.stringify(job).split(sha256)).toHaveLength(2)
  }
  const facts = Object.keys(files).map((name) => {
    const { lines, type } = (byPath.get(join(tree, name)) as Job).output as NonNullable<Job['output']>
    return [lines, type]
  })
  expect(facts).toEqual([
    [2, 'text/typescript'],
    [0, 'application/x-empty'],
    [2, 'text/plain'],
    [2, 'application/octet-stream'],
    [1, 'image/png'],
    [1, 'text/plain'],
    [1, 'text/markdown'],
    [1, 'application/json'],
    [300_000, 'text/plain'],
  ])
})

test('what cannot be hashed fails for real, and nothing hangs', async () => {
  const { folder, tree } = newTree({ good: 'good\n', huge: '', secret: 'secret' })
  truncateSync(join(tree, 'huge'), 100_000_001)
  execFileSync('mkfifo', [join(tree, 'pipe')])
  symlinkSync('nowhere', join(tree, 'dangling'))
  symlinkSync('good', join(tree, 'link'))
  symlinkSync('pipe', join(tree, 'link to pipe'))
  symlinkSync('/dev/zero', join(tree, 'link to device'))
  symlinkSync('.', join(tree, 'circle'))
  mkdirSync(join(tree, 'locked'))
  writeFileSync(join(tree, 'locked', 'inside'), '')
  chmodSync(join(tree, 'secret'), 0)
  chmodSync(join(tree, 'locked'), 0)
  const socket = createServer().listen(join(tree, 'socket'))
  const { code, stdout, stderr } = await hashTree(folder).finally(() => socket.close())
  chmodSync(join(tree, 'locked'), 0o700)
  expect(code).toBe(0)

  const jobs = new Map((await jobsOf(folder)).map((job) => [job.input.path.slice(tree.length + 1), job]))
  const ends = (name: string) => {
    const { state, attempt, error } = jobs.get(name) as Job
    return [state, attempt, error?.code]
  }
  expect(ends('good')).toEqual(['succeeded', 1, undefined])
  expect(jobs.get('link')?.output?.sha256).toBe(jobs.get('good')?.output?.sha256)
  for (const name of ['huge', 'pipe', 'link to pipe', 'link to device', 'socket'])
    expect([name, ...ends(name)]).toEqual([name, 'failed', 1, 'non_retryable'])
  expect(ends('dangling')).toEqual(['failed', 3, 'ENOENT'])
  expect(jobs.has('circle')).toBe(false)
  expect(stdout).toMatch(/^1 failed: {2}The file is larger than 100 MB\. \[non_retryable\]$/m)
  expect(stdout).toMatch(/^1 failed: {2}no such file or directory \[ENOENT\]\n +\S.*dangling$/m)
  expect(stderr).toContain('npx rota jobs list state:failed')
  if (isRoot) return // nothing is locked for root
  expect(ends('secret')).toEqual(['failed', 3, 'EACCES'])
  expect(stderr).toMatch(/cannot read directory .*locked \(EACCES\)/)
})

test('the attempts of a file that fails are kept', async () => {
  const { folder, tree } = newTree()
  symlinkSync('nowhere', join(tree, 'dangling'))
  await hashTree(folder)
  const [job] = (await jobsOf(folder)) as [Job]
  const { attempts } = JSON.parse((await rota(folder, 'jobs', 'show', job.id, '--json')).stdout)
  expect(attempts.map((one: { to: string; error: { code: string } }) => [one.to, one.error.code])).toEqual([
    ['scheduled', 'ENOENT'],
    ['scheduled', 'ENOENT'],
    ['failed', 'ENOENT'],
  ])
})

test('names that are not UTF-8 are hashed like any other', async () => {
  const { folder, tree } = newTree()
  for (const byte of [0xff, 0xfe])
    writeFileSync(Buffer.concat([Buffer.from(`${tree}/bad-`), Buffer.from([byte])]), String(byte))
  const { stdout } = await hashTree(folder)
  expect(stdout).toContain('2 files hashed')
  for (const { input, output } of await jobsOf(folder, 'state:succeeded')) {
    const last = Buffer.from(input.pathBytes as string, 'base64').at(-1)
    expect(output?.sha256).toBe(createHash('sha256').update(String(last)).digest('hex'))
  }
})

test('a second run does only what changed', async () => {
  const { folder, tree } = newTree({ a: 'a', b: 'b' })
  symlinkSync('b', join(tree, 'link'))
  await hashTree(folder)
  const again = await hashTree(folder)
  expect(again.stderr).toContain('3 files had been done before')
  expect(again.stdout).toContain('3 files hashed')
  expect(await jobsOf(folder)).toHaveLength(3)
  writeFileSync(join(tree, 'b'), 'c')
  utimesSync(join(tree, 'b'), 1, 1)
  const changed = await hashTree(folder)
  expect(changed.stdout).toContain('3 files hashed, 3 B')
  const jobs = await jobsOf(folder)
  expect(jobs.map((job) => job.input.path.slice(tree.length + 1)).sort()).toEqual(['a', 'b', 'b', 'link', 'link'])
})

test('the default folder is walked without .git, node_modules and the own store; a named one whole', async () => {
  const folder = newFolder()
  for (const name of ['.git', 'node_modules', 'src', 'src/node_modules']) mkdirSync(join(folder, name))
  for (const name of ['.git/HEAD', 'node_modules/x', 'src/a', 'src/node_modules/y', 'b'])
    writeFileSync(join(folder, name), name)
  const walked = async () => (await jobsOf(folder)).map((job) => job.input.path.slice(folder.length + 1)).sort()
  const { stderr } = await rota(folder, 'dev', '--once')
  expect(stderr).toContain('without .git and node_modules')
  expect(await walked()).toEqual(['b', 'src/a'])
  await rota(folder, 'dev', '.', '--once')
  expect(await walked()).toEqual(['.git/HEAD', 'b', 'node_modules/x', 'src/a', 'src/node_modules/y'])
})

test.each([
  ['is not there', 'none'],
  ['is a file', 'file'],
])('a directory that %s is a usage error', async (_, name) => {
  const folder = newFolder()
  writeFileSync(join(folder, 'file'), '')
  const ended = await rota(folder, 'dev', name, '--once')
  expect(ended).toMatchObject({ code: 2, stdout: '' })
  expect(ended.stderr).toMatch(/^rota: dir: [^\n]+ \[option_invalid\]\n$/)
})

test('a single file can be enqueued by hand', async () => {
  const { folder, tree } = newTree({ a: 'a' })
  await rota(folder, 'enqueue', 'hash-file', '--data', JSON.stringify({ path: join(tree, 'a') }))
  expect(await rota(folder, 'enqueue', 'hash-file', '--data', '{"path":5}')).toMatchObject({ code: 2 })
  await hashTree(folder)
  const shas = (await jobsOf(folder)).map((job) => job.output?.sha256)
  expect(shas).toContain(
    createHash('sha256')
      .update(readFileSync(join(tree, 'a')))
      .digest('hex'),
  )
})

test('while it stays, a schedule looks again for files that are new or changed', async () => {
  const { folder, tree } = newTree({ a: 'a', b: 'b' })
  const dev = start(['dev', 'files'], { cwd: folder })
  await until('it stays', () => dev.stderr().includes('looking again every 30 s'))
  const listed = () => rota(folder, 'schedules', 'list')
  const row = /^look-again +look-again +active +\S+ \S+Z +in (30|[12]?\d)s +- +0 +UTC +every 30 seconds$/m
  await until('it is stored', async () => row.test((await listed()).stdout))
  writeFileSync(join(tree, 'c'), 'c')
  writeFileSync(join(tree, 'a'), 'other')
  utimesSync(join(tree, 'a'), 1, 1)
  const look = async () => JSON.parse((await rota(folder, 'schedules', 'trigger', 'look-again', '--wait')).stdout)
  expect(await look()).toEqual({ files: 3, changed: 2 })
  await until('it is told', () => dev.stderr().includes('found 2 files new or changed, to be hashed\n'))
  expect(await look()).toEqual({ files: 3, changed: 0 })
  await until('they are hashed', async () => (await jobsOf(folder, 'state:succeeded')).length === 4)
  dev.process.kill('SIGINT')
  expect(await dev.ended).toMatchObject({ code: 130 })
}, 30_000)

test('with --once no schedule is left behind', async () => {
  const { folder } = newTree({ a: 'a' })
  await hashTree(folder)
  expect(await rota(folder, 'schedules', 'list', '--json')).toMatchObject({ code: 0, stdout: '[]\n' })
})
