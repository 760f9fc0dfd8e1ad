/** Writes the programs of pages to a folder, has them checked by the compiler, and runs them. */
import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { type Page, type Program, root, type ShellBlock, sourceOf } from './pages.ts'
import { sourcesByName } from './sources.ts'

export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** A program in a folder of its own, with the files of its page. */
export interface Placed {
  readonly program: Program
  readonly folder: string
  readonly file: string
}

export function placeAll(base: string, pages: readonly Page[]): Placed[] {
  symlinkSync(realpathSync(join(root, 'node_modules')), join(base, 'node_modules'))
  writeFileSync(join(base, 'package.json'), '{ "type": "module" }')
  const placed: Placed[] = []
  for (const page of pages) {
    const slug = page.path.replace(/\.md$/, '').replaceAll('/', '-')
    const all: [string, Program][] = [
      ...page.programs.map((program, i): [string, Program] => [`program-${i}.${program.language}`, program]),
      ...page.files,
    ]
    for (const [name, program] of all) {
      const folder = join(base, `${slug}-${program.line}`)
      for (const [other, file] of page.files) write(join(folder, other), sourceOf(file))
      write(join(folder, name), sourceOf(program))
      placed.push({ program, folder, file: join(folder, name) })
    }
  }
  return placed
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

/** What the compiler finds, with the line of the page. */
export async function compile(base: string, placed: readonly Placed[]): Promise<string> {
  const sources = sourcesByName(readFileSync(join(root, 'package.json'), 'utf8'))
  const config = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      paths: Object.fromEntries([...sources].map(([name, file]) => [name, [join(root, file)]])),
      typeRoots: [join(realpathSync(join(root, 'node_modules')), '@types')],
      noUnusedLocals: false,
      noUnusedParameters: false,
    },
    include: ['*/**/*.ts', join(root, 'test/support/better-sqlite3.d.ts')],
  }
  writeFileSync(join(base, 'tsconfig.json'), JSON.stringify(config))
  const { code, stdout, stderr } = await execute(
    join(root, 'node_modules/.bin/tsc'),
    ['-p', '.', '--pretty', 'false'],
    {
      cwd: base,
    },
  )
  if (code === 0) return ''
  let text = stdout + stderr
  for (const { file, program } of placed) text = text.replaceAll(`${relative(base, file)}(`, `${program.page}(`)
  return text
}

/** All programs load the same source: with what is compiled kept beside them, each takes a third of the time. */
const cached = (folder: string) => ({ NODE_COMPILE_CACHE: join(dirname(folder), 'compiled') })

const resolver = join(root, 'test/docs/own-name.ts')

export const runProgram = ({ folder, file }: Placed, env: Readonly<Record<string, string>>): Promise<Ended> =>
  execute(process.execPath, ['--import', resolver, file], { cwd: folder, env: { ...env, ...cached(folder) } })

/** The commands of a block one after the other; the first that fails ends it. */
export function runShell({ text }: ShellBlock, folder: string): Promise<Ended> {
  const npx = `npx() { shift; '${process.execPath}' '${join(root, 'bin/rota.js')}' "$@"; }`
  return execute('bash', ['-euo', 'pipefail', '-c', `${npx}\n${text}`], { cwd: folder, env: cached(folder) })
}

function execute(
  command: string,
  args: readonly string[],
  { cwd, env = {} }: { cwd: string; env?: Readonly<Record<string, string>> },
): Promise<Ended> {
  const { DATABASE_URL, ROTA_STORAGE, FORCE_COLOR, ...inherited } = process.env
  return new Promise((resolve) => {
    const options = { cwd, env: { ...inherited, NO_COLOR: '1', ...env }, timeout: 30_000 }
    execFile(command, args, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
      resolve({ code, stdout, stderr: code === -1 ? `${stderr}\n${error?.message} (stopped after 30 s?)` : stderr })
    })
  })
}

/** Works on at most two at the same time. */
export async function byTwo<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  let next = 0
  const hand = async () => {
    for (let i = next++; i < items.length; i = next++) results[i] = await work(items[i] as T)
  }
  await Promise.all([hand(), hand()])
  return results
}
