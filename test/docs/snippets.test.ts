/** Every sample of the documentation is checked and run. The conventions stand in `pages.ts`. */
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'
import { type RunningPostgres, startPostgres } from '../support/postgres.ts'
import { refusal, rotaCommands } from './commands.ts'
import { type Page, pagePaths, parsePage, readPage, root } from './pages.ts'
import { byTwo, compile, type Ended, type Placed, placeAll, runProgram, runShell } from './run.ts'

const pages = pagePaths().map(readPage)
const base = temporaryFolder('docs')
const placed = placeAll(base, pages)
const results = new Map<Placed, Ended>()
let compiled: string
let server: RunningPostgres | undefined

beforeAll(async () => {
  if (placed.some(({ program }) => program.needs.has('postgres'))) await makeDatabases()
  compiled = await compile(base, placed)
  await byTwo(placed, async (one) => results.set(one, await runProgram(one, environmentOf(one))))
})
afterAll(async () => {
  await server?.stop()
  rmSync(base, { recursive: true })
})

async function makeDatabases(): Promise<void> {
  server = await startPostgres()
  const client = new pg.Client(server.url)
  await client.connect()
  for (const one of placed) if (one.program.needs.has('postgres')) await client.query(`create database ${nameOf(one)}`)
  await client.end()
}

const nameOf = (one: Placed) => `sample_${placed.indexOf(one)}`

/** A database and a schema for each program, so that none sees the jobs or the tables of another. */
function environmentOf(one: Placed): Record<string, string> {
  if (!one.program.needs.has('postgres')) return {}
  return { DATABASE_URL: `${server?.url.replace(/postgres$/, nameOf(one))}?schema=jobs` }
}

const flat = (text: string) => text.replace(/\s+/g, ' ').trim()
const lines = (text: string) => text.split('\n').filter((line) => line !== '')

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** Whether the output is what the comments tell, where `…` stands for anything. */
function isTold(stdout: string, output: readonly string[]): boolean {
  const pattern = output.map((line) => flat(line).split('…').map(escaped).join('.*?')).join(' ')
  return new RegExp(`^${pattern}$`).test(flat(stdout))
}

test('the pages speak of their samples in words that mean something', () => {
  expect(pages.flatMap(({ mistakes }) => mistakes)).toEqual([])
  expect(placed.length).toBeGreaterThan(2)
})

test('the compiler finds no mistake in any sample', () => {
  expect(compiled).toBe('')
})

describe('runs, and prints what it says:', () => {
  test.each(placed.map((one) => [`${one.program.page}:${one.program.line}`, one] as const))('%s', (_, one) => {
    const { code, stdout, stderr } = results.get(one) as Ended
    expect(code, stderr).toBe(0)
    if (!isTold(stdout, one.program.output)) expect(lines(stdout)).toEqual(one.program.output)
  })
})

const shell = pages.flatMap((page) => page.shell)

test('the command line understands every command', () => {
  const refused = shell.flatMap(({ page, line, text }) =>
    rotaCommands(text).flatMap((args) => {
      const why = refusal(args)
      return why === null ? [] : [`${page}:${line}: rota ${args.join(' ')}: ${why}`]
    }),
  )
  expect(refused).toEqual([])
  expect(shell.flatMap(({ text }) => rotaCommands(text)).length).toBeGreaterThan(10)
})

test('so it does those in the middle of a sentence', () => {
  const inSentences = pages.flatMap(({ path }) =>
    [...textOf(path).matchAll(/`((?:npx )?rota [a-z][^`|…]*)`/g)].map(
      ([, command]) => [path, command as string] as const,
    ),
  )
  const refused = inSentences.flatMap(([path, command]) =>
    rotaCommands(command)
      .map(refusal)
      .flatMap((why) =>
        why === null || /^\(outputHelp\)|missing required argument|required option/.test(why)
          ? []
          : [`${path}: ${command}: ${why}`],
      ),
  )
  expect(refused).toEqual([])
})

describe('the commands run:', () => {
  const blocks = shell.filter(({ run }) => run)
  test.each(blocks.map((block) => [`${block.page}:${block.line}`, block] as const))('%s', async (_, block) => {
    const program = placed.find((one) => one.program.page === block.page) as Placed
    const { code, stderr } = await runShell(block, program.folder)
    expect(code, stderr).toBe(0)
  })
})

test('links lead to files, and to headings that are there', () => {
  const dead = pages.flatMap(({ path }) =>
    [...textOf(path).matchAll(/\]\((?!https?:|mailto:)([^)\s#]*)(#[^)\s]*)?\)/g)].flatMap(([, to, heading]) => {
      const file = to === '' ? join(root, path) : join(root, dirname(path), to as string)
      if (!existsSync(file)) return [`${path} → ${to}`]
      return heading === undefined || anchorsOf(file).includes(heading.slice(1)) ? [] : [`${path} → ${to}${heading}`]
    }),
  )
  expect(dead).toEqual([])
})

const textOf = (path: string) => readFileSync(join(root, path), 'utf8').replace(/^```[\s\S]*?^```/gm, '')

const anchorsOf = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    (heading as string)
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )

describe('what pages may say', () => {
  const parse = (text: string): Page => parsePage('page.md', text)

  test('the blocks of a page are one program, on the lines of the page; `alone` begins another', () => {
    const page = parse("a\n```ts\nconst a = 1\n```\nb\n```ts\na\n```\n<!-- snippet: alone -->\n```ts\n'c'\n```\n")
    expect(page.programs.map(({ line, lines }) => [line, lines[3], lines[7], lines[11]])).toEqual([
      [3, 'const a = 1', 'a', undefined],
      [11, undefined, undefined, "'c'"],
    ])
  })

  test('a file by its first line, hidden code, and what needs a server', () => {
    const page = parse(
      '<!-- snippet: hidden\nlet a\n-->\n```ts\n// jobs.ts\n1\n```\n<!-- snippet: needs postgres -->\n```ts\n2\n```\n',
    )
    expect([...page.files.keys()]).toEqual(['jobs.ts'])
    expect(page.programs.map(({ lines, needs }) => [lines.filter(Boolean), [...needs]])).toEqual([
      [['let a', '2'], ['postgres']],
    ])
  })

  test('what is skipped says why, and what means nothing is a mistake', () => {
    expect(parse('<!-- snippet: skip-run -->\n```ts\n1\n```').mistakes).toHaveLength(1)
    expect(parse('<!-- snippet: skip-run, it needs a mail server -->\n```ts\n1\n```').mistakes).toEqual([])
    expect(parse('```typescript\n1\n```').mistakes).toHaveLength(1)
  })

  test('what a comment tells is compared with all of the output', () => {
    expect(isTold('{ a: 1,\n  b: 2 }\n7\n', ['{ a: 1, b: 2 }', '…'])).toBe(true)
    expect(isTold('7\n', [])).toBe(false)
    expect(isTold('7\n', ['7', '8'])).toBe(false)
  })
})
