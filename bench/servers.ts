/** The databases of a run: a real PostgreSQL at its default durability, and a real Redis. */
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '../test/support/folder.ts'
import { startPostgres } from '../test/support/postgres.ts'
import { findRedis, startRedis } from '../test/support/redis.ts'
import { onPostgres } from './sides/postgres.ts'
import type { Side } from './sides/side.ts'

export interface Servers {
  readonly postgres: { readonly url: string; readonly pid: number; readonly version: string }
  /** Null where Redis is not installed: its side does not take part then. */
  readonly redis: { readonly url: string; readonly pid: number; readonly version: string } | null
  /** Where the files of SQLite go; a disk, not memory. */
  readonly folder: string
  stop(): Promise<void>
}

/** Of a small server; the rest, and all of durability, is at its default. */
const settings = {
  shared_buffers: '1GB',
  max_wal_size: '4GB',
  shared_preload_libraries: 'pg_stat_statements',
}

export const postgresSettings = `${Object.entries(settings)
  .map((setting) => setting.join(' '))
  .join(', ')}; otherwise default: fsync and synchronous_commit on`

export async function startServers(): Promise<Servers> {
  const folder = temporaryFolder('bench')
  const postgres = await startPostgres({ settings })
  await onPostgres(postgres.url, 'create extension pg_stat_statements')
  const version = String((await onPostgres(postgres.url, 'show server_version'))[0]?.server_version)
  const redis = findRedis() === null ? null : await startRedis()
  return {
    postgres: { url: postgres.url, pid: postgres.pid, version },
    redis,
    folder,
    async stop() {
      await redis?.stop()
      await postgres.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export function urlFor(side: Side, servers: Servers): string {
  if (side.store === 'sqlite') return `sqlite:${join(servers.folder, 'rota.db')}`
  return side.store === 'redis' ? (servers.redis?.url as string) : servers.postgres.url
}

/** Milliseconds of CPU that a server has used: the process and those it has started. In steps of 10 ms. */
export function cpuOf(pid: number): number {
  const own = ticks(pid)
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && parentOf(name) === pid)
  return (own.all + children.reduce((sum, child) => sum + ticks(Number(child)).self, 0)) * 10
}

/** Clock ticks of a process itself, and with those of its children that have ended. */
function ticks(pid: number): { self: number; all: number } {
  const fields = statOf(pid)
  const [user, system, endedUser, endedSystem] = fields.slice(11, 15).map(Number) as [number, number, number, number]
  return { self: user + system || 0, all: user + system + endedUser + endedSystem || 0 }
}

const parentOf = (pid: string): number => Number(statOf(Number(pid))[1])

function statOf(pid: number): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return [] // it has ended
  }
}
