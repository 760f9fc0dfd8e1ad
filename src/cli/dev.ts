import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { createRota, type JobId, type Rota, RotaError, type RotaOptions } from '../index.ts'
import type { Server, ServerOptions } from '../server/index.ts'
import { type Globals, loadSettings, type Settings, sqliteFile } from './config.ts'
import { hashFile } from './demo/hash-file.ts'
import { hashTree } from './demo/hash-tree.ts'
import { type Looked, lookAgain, type Place } from './demo/look-again.ts'
import { demoJobs } from './demo/options.ts'
import { summaryLines } from './demo/summary.ts'
import { addHttpAllow } from './http-allow.ts'
import { printLines, say } from './output.ts'
import { listenOptions } from './serve.ts'
import { listenForStop } from './signals.ts'
import { tell, tellServing } from './supervise.ts'
import { plural } from './text.ts'
import { replaceable, reportEvents, servingLine } from './worker.ts'

interface DevOptions extends Globals {
  readonly once?: boolean
  readonly port?: string
  readonly server: boolean
}

/** Left out of a directory nobody asked for by name. */
const skippedByDefault = ['.git', 'node_modules']
/** Milliseconds. */
const grace = 5_000

export function addDev(program: Command): void {
  const command = program
    .command('dev')
    .description('work here, with a server for this machine, and hash every file of a directory as a demo')
    .argument('[dir]', 'directory whose files become jobs (default: this one; none with a configuration file)')
    .option('--once', 'stop when all files are done; without the server')
    .option('--port <n>', 'the server listens on this port; 0 for any (default: environment PORT, then 4480)')
    .option('--no-server', 'work without the server')
  addHttpAllow(command)
    .addHelpText('after', '\nExample:\n  $ rota dev src --once')
    .action(async (directory: string | undefined, _, self: Command) => {
      process.exitCode = await dev(directory, self.optsWithGlobals<DevOptions>())
    })
}

async function dev(directory: string | undefined, globals: DevOptions): Promise<number> {
  const settings = await loadSettings(globals, 'demo')
  const root = directory === undefined ? null : checkDirectory(directory)
  const walks = root !== null || settings.file === null
  void tell({ grace })
  const rota = createRota(replaceable(walks ? withDemo(settings.options) : settings.options))
  const server = globals.server && globals.once !== true ? await serverOf(rota, settings) : null
  const stop = listenForStop()
  try {
    const listening = await server?.listen(listenOptions(globals))
    await rota.start()
    tellServing()
    if (listening) say(`listening on ${listening.url}, for this machine without sign-in: ${listening.url}/docs`)
    say(servingLine(settings))
    const forget = reportEvents(rota, (job) => !walks || job !== hashFile.id)
    const place = walks ? placeOf(root, settings) : null
    if (place !== null) {
      const { skip } = place
      say(`hashing the files of ${place.root}${skip.length > 0 ? `, without ${skip.join(' and ')}` : ''}`)
      const { summary } = await hashTree(rota, place.root, { ...place, signal: stop.signal })
      if (summary !== null) {
        await printLines(summaryLines(summary))
        say(`the stored jobs: ${summary.failures.size > 0 ? 'npx rota jobs list state:failed' : 'npx rota jobs list'}`)
      }
    }
    if (globals.once !== true && !stop.signal.aborted) {
      if (place !== null) keepLooking(rota, place)
      say('still at work for what comes next; Ctrl-C ends it')
      await stop.asked
    }
    forget()
    if (stop.signal.aborted) say('stopping; start it again to go on where it was')
  } finally {
    await server?.close({ grace: 1_000 })
    await rota.stop({ grace })
    stop.forget()
  }
  return stop.exitCode()
}

/** Whoever sits at this machine is the administrator. */
async function serverOf(rota: Rota, { server }: Settings): Promise<Server> {
  const { createServer } = await import('../server/index.ts')
  const options: ServerOptions = { ...server, basePath: '', trustLocal: true }
  return createServer(rota, options)
}

function checkDirectory(text: string): string {
  const directory = resolve(text)
  const stats = statSync(directory, { throwIfNoEntry: false })
  if (stats?.isDirectory()) return directory
  const why = stats === undefined ? 'does not exist' : 'is not a directory'
  throw new RotaError('option_invalid', `dir: ${directory} ${why}.`, { field: 'dir' })
}

/** What the demo walks: the store is left out, which changes with each job. */
const placeOf = (root: string | null, { options }: Settings): Place => ({
  root: root ?? process.cwd(),
  skip: root === null ? skippedByDefault : [],
  store: sqliteFile(options.storage),
})

/** From half a minute after the first walk on. A look that was missed is not made up for: the next one sees all the same. */
function keepLooking(rota: Rota, place: Place): void {
  rota
    .schedule(lookAgain.id, lookAgain)
    .everySeconds(30)
    .withoutOverlapping()
    .misfire('skip')
    .input(place)
    .describedAs('hashes the files that are new or changed')
  rota.on('job:succeeded', ({ id, job }) => {
    if (job === lookAgain.id) tellLook(rota, id).catch(() => {}) // it may have been purged, or the store be away
  })
  say('looking again every 30 s for files that are new or changed: npx rota schedules list')
}

async function tellLook(rota: Rota, id: string): Promise<void> {
  const looked = (await rota.job(id as JobId<Looked>))?.output
  if (looked && looked.changed > 0) say(`found ${plural(looked.changed, 'file')} new or changed, to be hashed`)
}

/** Adds the jobs of the demo, and the lane they run in, to what a configuration file says. */
function withDemo(options: Settings['options']): RotaOptions {
  const jobs = options.jobs ?? []
  const own = demoJobs.filter(({ id }) => !jobs.some((job) => job.id === id))
  const lane = options.defaults?.lane ?? 'default'
  return { ...options, jobs: [...jobs, ...own], lanes: { [lane]: 10, ...options.lanes } }
}
