/**
 * PgBouncer in transaction mode in front of a PostgreSQL of the tests: clients share a few server connections, so
 * whatever one leaves in a session is gone, or belongs to another, at its next statement.
 *
 * `ROTA_PGBOUNCER` names another binary than the installed one. PgBouncer refuses to run as root, too.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from './folder.ts'
import { freePort, unprivilegedUser } from './postgres.ts'
import { programFile } from './services.ts'

export interface RunningPgBouncer {
  readonly url: string
  readonly pid: number
  stop(): Promise<void>
}

interface Options {
  /** How many prepared statements of each client PgBouncer looks after; 0 is its old behaviour. @default 0 */
  readonly maxPreparedStatements?: number
  /** Server connections that all clients share. @default 5 */
  readonly poolSize?: number
}

/** Where the program is, or null. */
export function findPgBouncer(): string | null {
  return process.env.ROTA_PGBOUNCER || programFile('pgbouncer')
}

/** `[1, 18]`. From 1.21 on PgBouncer can look after prepared statements; before it does not know the setting. */
export function versionOf(program: string): [major: number, minor: number] {
  const [, major, minor] =
    /PgBouncer (\d+)\.(\d+)/.exec(execFileSync(program, ['--version'], { encoding: 'utf8' })) ?? []
  return [Number(major), Number(minor)]
}

export function managesStatements(program: string): boolean {
  const [major, minor] = versionOf(program)
  return major > 1 || minor >= 21
}

export async function startPgBouncer(target: string, options: Options = {}): Promise<RunningPgBouncer> {
  const program = findPgBouncer()
  if (program === null) throw new Error('PgBouncer is not installed: npm run setup:services')
  const owner = process.getuid?.() === 0 ? unprivilegedUser() : {}
  const folder = temporaryFolder('pgbouncer')
  chmodSync(folder, 0o755)
  const file = join(folder, 'pgbouncer.ini')
  const url = new URL(target)
  const port = await freePort()
  writeFileSync(file, settings(url, port, managesStatements(program), options))

  const server = spawn(program, [file], { ...owner, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
  const endWithUs = () => server.kill('SIGKILL')
  process.once('exit', endWithUs)
  await untilReady(server)
  url.port = String(port)
  return {
    url: url.href,
    pid: server.pid as number,
    async stop() {
      process.off('exit', endWithUs)
      if (server.exitCode === null && server.signalCode === null) {
        const exited = new Promise((resolve) => server.once('exit', resolve))
        server.kill('SIGKILL') // it stores nothing, and what its other signals mean changed between versions
        await exited
      }
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function settings(target: URL, port: number, managed: boolean, options: Options): string {
  const lines = [
    '[databases]',
    `* = host=127.0.0.1 port=${target.port} user=${target.username}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = any',
    'pool_mode = transaction',
    `default_pool_size = ${options.poolSize ?? 5}`,
    'max_client_conn = 500',
    'stats_period = 3600',
  ]
  if (managed) lines.push(`max_prepared_statements = ${options.maxPreparedStatements ?? 0}`)
  return `${lines.join('\n')}\n`
}

function untilReady(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = ''
    server.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      log = (log + chunk).slice(-10_000)
      if (log.includes('process up')) resolve()
    })
    server.once('error', reject)
    server.once('exit', (code) => reject(new Error(`PgBouncer ended with code ${code} before it was ready:\n${log}`)))
  })
}
