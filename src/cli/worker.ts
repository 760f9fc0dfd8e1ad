import type { Command } from 'commander'
import { createRota, type Rota, RotaError, type RotaOptions } from '../index.ts'
import { parseDuration } from '../job/duration.ts'
import { defaults } from '../job/options.ts'
import { clustersOf, type Globals, knownJobs, loadSettings, type Settings } from './config.ts'
import { errorLine } from './errors.ts'
import { durationFlag } from './flags.ts'
import { addHttpAllow } from './http-allow.ts'
import { say } from './output.ts'
import { listenForStop } from './signals.ts'
import { isSupervised, tell, tellServing } from './supervise.ts'
import { serverOf } from './with-desk.ts'

interface WorkerFlags extends Globals {
  readonly grace?: string
}

const about = `
SIGINT, SIGTERM and SIGHUP stop it in good order, SIGHUP also behind nohup: what has to outlive its terminal is
started as a service, or with setsid. When a handler blocks or crashes its process, another takes its place.

With --url or ROTA_URL it reaches its jobs by a server and needs no database; ROTA_TOKEN is a key with the role worker.
Beside ROTA_URL, --config means the storage of that file; beside --url only the jobs of it.

Example:
  $ rota worker --storage postgres://app@db/app
  $ rota worker --url https://jobs.example.com`

export function addWorker(program: Command): void {
  const command = program
    .command('worker')
    .description('run the jobs of the configuration file, and stored definitions, until it is stopped')
    .option('--grace <duration>', 'let running jobs end for this long when it is stopped (default: 30s)')
  addHttpAllow(command)
    .addHelpText('after', about)
    .action(async (_, self: Command) => {
      const flags = self.optsWithGlobals<WorkerFlags>()
      const grace = flags.grace === undefined ? defaults.grace : parseDuration(durationFlag(flags.grace), '--grace')
      const url = serverFor(flags)
      process.exitCode =
        url === null ? await work(await loadSettings(flags, 'named'), grace) : await workForServer(url, flags, grace)
    })
}

/** Beside --url the file tells the jobs and nothing of where they are, so it may be named. */
function serverFor(flags: Globals): string | null {
  const { config: _, ...place } = flags
  return serverOf(flags.url === undefined ? flags : place)
}

async function work(settings: Settings, grace: number): Promise<number> {
  void tell({ grace })
  const rota = createRota(replaceable(settings.options))
  const stop = listenForStop()
  rota.on('worker:started', ({ leaseThread }) => {
    if (!leaseThread) say('its lease is renewed on the main loop: a handler that blocks it for long loses its jobs')
  })
  try {
    await rota.start()
    reportEvents(rota)
    tellServing()
    say(servingLine(settings))
    await stop.asked
    say('stopping: running jobs may end')
  } finally {
    await rota.stop({ grace })
    stop.forget()
  }
  return stop.exitCode()
}

async function workForServer(url: string, { config, cluster, httpAllow }: WorkerFlags, grace: number): Promise<number> {
  if (httpAllow !== undefined) throw makesNoRequests()
  void tell({ grace })
  const settings = await loadSettings(config === undefined ? {} : { config }, 'refuse')
  const { workerOfServer } = await import('./remote/worker.ts')
  const worker = workerOfServer({ url, token: process.env.ROTA_TOKEN, cluster }, settings.options)
  const stop = listenForStop()
  try {
    await worker.start()
    reportEvents(worker)
    tellServing()
    say(`serving ${idsOf(settings)} for ${url}`)
    await stop.asked
    say('stopping: running jobs may end')
  } finally {
    await worker.stop({ grace })
    stop.forget()
  }
  return stop.exitCode()
}

const makesNoRequests = () =>
  new RotaError(
    'option_invalid',
    '--http-allow: a worker of a server makes no requests; workers with the storage do. Leave it out.',
    { field: 'http-allow' },
  )

/** A process that is blocked for good may end, where another follows. */
export const replaceable = (options: RotaOptions): RotaOptions =>
  isSupervised() ? { ...options, worker: { endBlockedProcess: true, ...options.worker } } : options

/** What this process works on. The clusters that it leaves alone are named with their mode. */
export function servingLine(settings: Settings): string {
  const clusters = clustersOf(settings.options)
  const active = clusters.filter(({ mode }) => mode === 'active')
  const others = clusters.filter(({ mode }) => mode !== 'active').map(({ name, mode }) => `${name} (${mode})`)
  const not = others.length > 0 ? `; not ${others.join(', ')}` : ''
  if (active.length === 0) return `serving no cluster${not}`
  const lanes = active.flatMap((one) => one.lanes)
  const shown = idsOf(settings, settings.options.http === false ? 'no jobs' : 'stored definitions')
  const places = active.map(({ place }) => place)
  return `serving ${shown} in lane ${[...new Set(lanes)].join(', ')} of ${places.join(', ')}${not}`
}

function idsOf(settings: Settings, none = 'no jobs'): string {
  const ids = knownJobs(settings.options).map((job) => job.id)
  return ids.length > 5 ? `${ids.slice(0, 5).join(', ')} … (${ids.length} jobs)` : ids.join(', ') || none
}

const sameTrouble = 10_000

/** A line for each job that failed, and for trouble; the same trouble at most every ten seconds. */
export function reportEvents(rota: Pick<Rota, 'on'>, wanted: (job: string) => boolean = () => true): () => void {
  const troubles = new Map<string, number>()
  const offs = [
    rota.on('job:failed', ({ id, job, attempt, error }) => {
      if (wanted(job)) say(`failed: ${job} ${id}, attempt ${attempt}: ${errorLine(error)}`)
    }),
    rota.on('worker:trouble', ({ error, during }) => {
      const line = `trouble while ${during}: ${errorLine(error)}`
      const now = performance.now()
      if (now - (troubles.get(line) ?? Number.NEGATIVE_INFINITY) < sameTrouble) return
      troubles.clear()
      troubles.set(line, now)
      say(line)
    }),
  ]
  return () => {
    for (const off of offs) off()
  }
}
