import { Command } from 'commander'
import { version } from '../engine/version.ts'
import { addAudit } from './audit.ts'
import { addBench } from './bench.ts'
import { addCompletion } from './completion/command.ts'
import { addCron } from './cron.ts'
import { addDev } from './dev.ts'
import { addEnqueue } from './enqueue.ts'
import { addFlows } from './flows.ts'
import { addHandlers } from './handlers.ts'
import { addJobs } from './jobs.ts'
import { addKeys } from './keys.ts'
import { addLanes } from './lanes.ts'
import { refuseServer } from './local-only.ts'
import { addMigrate } from './migrate.ts'
import { addSchedules } from './schedules.ts'
import { addServe } from './serve.ts'
import { addConfig } from './show-config.ts'
import { addStats } from './stats.ts'
import { addUsers } from './users.ts'
import { addWorker } from './worker.ts'
import { addWorkers } from './workers.ts'

const about = `
Settings come from flags, then ROTA_STORAGE, ROTA_URL or DATABASE_URL, then rota.config.ts (or .js, .mjs), then the defaults.
Exit codes: 0 ok, 1 error, 2 usage, 3 not found, 4 not allowed, 5 conflict, 6 unreachable, 7 the awaited job failed,
124 timeout, 130 interrupted.

Example:
  $ rota dev`

/** Every command. Errors come out as exceptions, so that one place reports them. */
export function createProgram(): Command {
  const program = new Command('rota')
    .description('Run code once or later, and lose nothing: a job scheduler on embedded SQLite or PostgreSQL.')
    .version(version(), '--version')
    .option('--storage <url>', 'sqlite:<file> or postgres://… (default: sqlite:rota.db)')
    .option('--url <server>', 'work on a server instead, such as https://example.org; its token: ROTA_TOKEN')
    .option('--config <file>', 'configuration file (default: rota.config.ts)')
    .option('--cluster <name>', 'the cluster to work with, where the configuration has several (default: its default)')
    .addHelpText('after', about)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: () => {} })
    .exitOverride()
    .hook('preAction', (_, command) => refuseServer(command))
  const jobs = [
    addDev,
    addServe,
    addWorker,
    addEnqueue,
    addJobs,
    addFlows,
    addSchedules,
    addCron,
    addLanes,
    addWorkers,
    addStats,
  ]
  const office = [addHandlers, addUsers, addKeys, addAudit]
  for (const add of [...jobs, ...office, addMigrate, addConfig, addBench, addCompletion]) add(program)
  return program
}
