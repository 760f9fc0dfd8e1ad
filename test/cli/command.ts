/** Runs the command line as people do: as a process of its own, in a folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterEach } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'

const root = resolve(import.meta.dirname, '../..')
export const bin = join(root, 'bin/rota.js')

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly process: ChildProcess
  readonly ended: Promise<Ended>
  /** What came on stderr so far. */
  stderr(): string
}

export interface RunOptions {
  readonly cwd: string
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
}

const folders: string[] = []
const groups: ChildProcess[] = []

function endGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {} // all have ended
}

/** No process outlives the test that started it, nor what it started, and no folder. */
afterEach(() => {
  for (const child of groups.splice(0)) endGroup(child)
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

/** An empty folder; the space in its name is on purpose. */
export function newFolder(): string {
  const folder = temporaryFolder('a cli')
  folders.push(folder)
  return folder
}

export function start(args: readonly string[], { cwd, input, env }: RunOptions): Running {
  const { DATABASE_URL, ROTA_STORAGE, ROTA_URL, ROTA_TOKEN, FORCE_COLOR, NO_COLOR, ...inherited } = process.env
  const child = spawn(process.execPath, [bin, ...args], {
    cwd,
    env: { ...inherited, PORT: '0', ...env },
    detached: true,
  })
  groups.push(child)
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text
  })
  child.stdin.on('error', () => {}) // a command may end before it has read everything
  child.stdin.end(input ?? '')
  const ended = new Promise<Ended>((done) => child.on('close', (code) => done({ code, stdout, stderr })))
  return { process: child, ended, stderr: () => stderr }
}

export const rota = (cwd: string, ...args: readonly string[]): Promise<Ended> => start(args, { cwd }).ended

/** Writes `rota.config.ts` with this body; `defineJob`, `defineConfig`, `type` and `RotaError` are there. */
export function writeConfig(folder: string, body: string, name = 'rota.config.ts'): void {
  const imports = `import { defineConfig, defineJob, RotaError, type as shape } from 'rota'\n`
  writeFileSync(join(folder, name), `${imports}void [defineConfig, defineJob, RotaError, shape]\n${body}\n`)
}
