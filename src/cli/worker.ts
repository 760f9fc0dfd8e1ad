import type { Command } from 'commander'
import { createRota, type Rota } from '../index.ts'
import { describeStorage, type Globals, loadSettings, type Settings } from './config.ts'
import { errorLine } from './errors.ts'
import { say } from './output.ts'
import { listenForStop } from './signals.ts'

export function addWorker(program: Command): void {
  program
    .command('worker')
    .description('run the jobs of the configuration file until it is stopped')
    .addHelpText('after', '\nExample:\n  $ rota worker --storage postgres://app@db/app')
    .action(async (_, command: Command) => {
      process.exitCode = await work(await loadSettings(command.optsWithGlobals<Globals>()))
    })
}

async function work(settings: Settings): Promise<number> {
  const rota = createRota(settings.options)
  const stop = listenForStop()
  try {
    await rota.start()
    reportEvents(rota)
    say(servingLine(settings))
    await stop.asked
    say('stopping: running jobs may end')
  } finally {
    await rota.stop()
    stop.forget()
  }
  return stop.exitCode()
}

export function servingLine(settings: Settings): string {
  const { jobs = [], lanes, defaults } = settings.options
  const names = Object.keys(lanes ?? { [defaults?.lane ?? 'default']: 0 })
  const ids = jobs.map((job) => job.id)
  const shown = ids.length > 5 ? `${ids.slice(0, 5).join(', ')} … (${ids.length} jobs)` : ids.join(', ') || 'no jobs'
  return `serving ${shown} in lane ${names.join(', ')} of ${describeStorage(settings)}`
}

const sameTrouble = 10_000

/** A line for each job that failed, and for trouble; the same trouble at most every ten seconds. */
export function reportEvents(rota: Rota, wanted: (job: string) => boolean = () => true): () => void {
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
