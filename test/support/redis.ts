/**
 * A real Redis for tests and benchmarks: the installed redis-server, on a port of its own, keeping nothing on the disk.
 *
 * States: not started → running ⇄ killed (its data is gone then) → stopped (folder removed).
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { temporaryFolder } from './folder.ts'
import { freePort } from './postgres.ts'
import { programFile } from './services.ts'

export interface RunningRedis {
  readonly url: string
  readonly pid: number
  readonly version: string
  /** Ends it without any good-bye. */
  kill(): Promise<void>
  /** Starts it again on the same port, empty. */
  start(): Promise<void>
  /** Until `go` it keeps its connections, takes more of them, and answers nobody. */
  freeze(): void
  go(): void
  /** Stops it and removes its folder. */
  stop(): Promise<void>
}

interface Options {
  /** As on the command line: `requirepass secret`. */
  readonly settings?: Readonly<Record<string, string>>
}

/** Where the program is, or null. */
export const findRedis = (): string | null => programFile('redis-server')

export async function startRedis({ settings = {} }: Options = {}): Promise<RunningRedis> {
  const program = findRedis()
  if (program === null) throw new Error('Redis is not installed: npm run setup:services')
  const folder = temporaryFolder('redis')
  const port = await freePort()
  const all = { port, bind: '127.0.0.1', save: '', appendonly: 'no', dir: folder, ...settings }
  const args = Object.entries(all).flatMap(([name, value]) => [`--${name}`, String(value)])
  const launch = () => spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let server = launch()
  const endWithUs = () => server.kill('SIGKILL')
  process.once('exit', endWithUs)
  const version = await untilReady(server)
  const kill = () => ended(server)

  return {
    url: `redis://127.0.0.1:${port}`,
    get pid() {
      return server.pid as number
    },
    version,
    kill,
    async start() {
      server = launch()
      await untilReady(server)
    },
    freeze: () => void server.kill('SIGSTOP'),
    go: () => void server.kill('SIGCONT'),
    async stop() {
      process.off('exit', endWithUs)
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function ended(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const exited = new Promise((resolve) => server.once('exit', resolve))
  server.kill('SIGKILL')
  await exited
}

/** Gives the version. */
function untilReady(server: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let log = ''
    server.once('error', reject)
    server.once('exit', (code) => reject(new Error(`redis-server ended with ${code}:\n${log}`)))
    server.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      log = (log + chunk).slice(-10_000)
      if (log.includes('Ready to accept connections')) resolve(/version=([\d.]+)/.exec(log)?.[1] ?? 'unknown')
    })
  })
}
