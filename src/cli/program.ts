import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { addBench } from './bench.ts'
import { addCompletion } from './completion/command.ts'
import { addCron } from './cron.ts'
import { addDev } from './dev.ts'
import { addEnqueue } from './enqueue.ts'
import { addFlows } from './flows.ts'
import { addJobs } from './jobs.ts'
import { addLanes } from './lanes.ts'
import { addMigrate } from './migrate.ts'
import { addSchedules } from './schedules.ts'
import { addConfig } from './show-config.ts'
import { addWorker } from './worker.ts'
import { addWorkers } from './workers.ts'

const about = `
Settings come from flags, then ROTA_STORAGE or DATABASE_URL, then rota.config.ts (or .js, .mjs), then the defaults.
Exit codes: 0 ok, 1 error, 2 usage, 3 not found, 5 conflict, 6 unreachable, 7 the awaited job failed, 124 timeout,
130 interrupted.

Example:
  $ rota dev`

/** Every command. Errors come out as exceptions, so that one place reports them. */
export function createProgram(): Command {
  const program = new Command('rota')
    .description('Run code once or later, and lose nothing: a job scheduler on embedded SQLite or PostgreSQL.')
    .version(version(), '--version')
    .option('--storage <url>', 'sqlite:<file> or postgres://… (default: sqlite:rota.db)')
    .option('--config <file>', 'configuration file (default: rota.config.ts)')
    .option('--cluster <name>', 'the cluster to work with, where the configuration has several (default: its default)')
    .addHelpText('after', about)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: () => {} })
    .exitOverride()
  const jobs = [addDev, addWorker, addEnqueue, addJobs, addFlows, addSchedules, addCron, addLanes, addWorkers]
  for (const add of [...jobs, addMigrate, addConfig, addBench, addCompletion]) add(program)
  return program
}

function version(): string {
  const file = new URL('../../package.json', import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
