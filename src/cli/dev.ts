import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { createRota, type Rota, RotaError } from '../index.ts'
import type { Server, ServerOptions } from '../server/index.ts'
import type { DemoDesk } from '../server/options.ts'
import { type Globals, loadSettings, type Settings } from './config.ts'
import { prepareDemo } from './demo/demo.ts'
import { addHttpAllow } from './http-allow.ts'
import { say } from './output.ts'
import { listenOptions } from './serve.ts'
import { listenForStop } from './signals.ts'
import { tell, tellServing } from './supervise.ts'
import { replaceable, reportEvents, servingLine } from './worker.ts'

interface DevOptions extends Globals {
  readonly once?: boolean
  readonly demo?: boolean
  readonly port?: string
  readonly server: boolean
}

/** Milliseconds. */
const grace = 2_000

export function addDev(program: Command): void {
  const command = program
    .command('dev')
    .description(
      'work here, with a server for this machine, and show a demo: a job for every file of a directory, and a shop',
    )
    .argument('[dir]', 'directory whose files become jobs (default: this one; none with a configuration file)')
    .option('--once', 'stop when all files are done; without the server')
    .option('--demo', 'show the demo also beside a configuration file, and again where it was removed')
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
  const once = globals.once === true
  void tell({ grace })
  const demo = await prepareDemo(settings, { root, once, again: globals.demo === true })
  const rota = createRota(replaceable(demo.options))
  const stop = listenForStop()
  const desk = demo.schedule(rota)
  const server = globals.server && !once ? await serverOf(rota, settings, desk) : null
  try {
    const listening = await server?.listen(listenOptions(globals))
    await rota.start()
    tellServing()
    if (listening) sayWhere(listening.url)
    say(servingLine({ ...settings, options: demo.options }))
    const forget = reportEvents(rota, (job) => !demo.has(job))
    await demo.open()
    await demo.hash(stop.signal)
    if (!once && !stop.signal.aborted) {
      demo.keepLooking()
      say('still at work for what comes next; Ctrl-C ends it')
      await stop.asked
    }
    forget()
    if (stop.signal.aborted) say('stopping; start it again to go on where it was')
  } finally {
    await server?.close({ grace: 1_000 })
    await demo.close()
    await rota.stop({ grace })
    stop.forget()
  }
  return stop.exitCode()
}

/** A person at a terminal is to see it among all the lines. */
function sayWhere(url: string): void {
  const isSeen = process.stdout.isTTY === true && !process.env.CI
  say(`listening on ${url}/ for this machine without sign-in; the API is described at ${url}/docs`)
  if (isSeen) for (const line of ['', `  Open ${url}/ in a browser.`, '']) say(line)
}

/** Whoever sits at this machine is the administrator. */
async function serverOf(rota: Rota, { server }: Settings, demo: DemoDesk): Promise<Server> {
  const { createServer } = await import('../server/index.ts')
  const options: ServerOptions = { ...server, basePath: '', trustLocal: true, demo }
  return createServer(rota, options)
}

function checkDirectory(text: string): string {
  const directory = resolve(text)
  const stats = statSync(directory, { throwIfNoEntry: false })
  if (stats?.isDirectory()) return directory
  const why = stats === undefined ? 'does not exist' : 'is not a directory'
  throw new RotaError('option_invalid', `dir: ${directory} ${why}.`, { field: 'dir' })
}
