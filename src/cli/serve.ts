/** `rota serve`: the server, with a worker and schedules unless they are left out. */
import { type Command, Option } from 'commander'
import { createRota, type RotaOptions } from '../index.ts'
import { parseDuration } from '../job/duration.ts'
import { defaults } from '../job/options.ts'
import type { Server, ServerOptions } from '../server/index.ts'
import { clustersOf, type Globals, loadSettings, type Settings } from './config.ts'
import { durationFlag, numberFlag } from './flags.ts'
import { addHttpAllow } from './http-allow.ts'
import { say } from './output.ts'
import { listenForStop } from './signals.ts'
import { tell, tellServing } from './supervise.ts'
import { replaceable, reportEvents, servingLine } from './worker.ts'

interface ServeFlags extends Globals {
  readonly port?: string
  readonly host?: string
  readonly publicUrl?: string
  readonly registration?: 'open' | 'closed'
  readonly proxy?: readonly string[]
  readonly hostName?: readonly string[]
  readonly worker: boolean
  readonly schedules: boolean
  readonly newSecret?: boolean
  readonly newSetupToken?: boolean
  readonly grace?: string
}

const about = `
Everybody signs in, on this machine, too: the first one who registers here, or with the set-up token that is printed at
the first start, becomes the administrator. It listens on 127.0.0.1 unless told otherwise, without TLS: put a proxy in
front of it. Secrets and providers of OpenID Connect stand in the configuration file: \`export const server = { … }\`.

Example:
  $ rota serve --storage postgres://app@db/app --host 0.0.0.0 --proxy 10.0.0.0/8`

export function addServe(program: Command): void {
  const command = program
    .command('serve')
    .description('answer the REST API, run jobs and fire schedules until it is stopped')
    .option('--port <n>', 'listen on this port; 0 for any (default: environment PORT, then 4480)')
    .option('--host <address>', 'listen on this address; 0.0.0.0 for all (default: 127.0.0.1)')
    .option('--public-url <url>', 'how people reach it from outside, with the base path')
    .option('--host-name <name...>', 'names by which it may be called, beside its own')
    .option('--proxy <address...>', 'addresses or networks of proxies whose X-Forwarded-For counts')
    .addOption(
      new Option('--registration <who>', 'whether anybody may register (default: closed)').choices(['open', 'closed']),
    )
    .option('--no-worker', 'run no jobs here; what waits for its time is moved on all the same')
    .option('--no-schedules', 'fire no schedules here')
    .option(
      '--new-secret',
      'accept another secret than before: all sessions end, and secrets of definitions and open report addresses are lost',
    )
    .option('--new-setup-token', 'print another set-up token, where the first one got lost')
    .option('--grace <duration>', 'let running jobs end for this long when it is stopped (default: 30s)')
  addHttpAllow(command)
    .addHelpText('after', about)
    .action(async (_, self: Command) => {
      const flags = self.optsWithGlobals<ServeFlags>()
      const grace = flags.grace === undefined ? defaults.grace : parseDuration(durationFlag(flags.grace), '--grace')
      process.exitCode = await serve(await loadSettings(flags), flags, grace)
    })
}

async function serve(settings: Settings, flags: ServeFlags, grace: number): Promise<number> {
  void tell({ grace })
  const { createServer } = await import('../server/index.ts') // other commands start faster without it
  const rota = createRota(replaceable(withParts(settings.options, flags)))
  const server = createServer(rota, serverOptions(settings, flags))
  const stop = listenForStop()
  try {
    const { url } = await server.listen(listenOptions(flags))
    await rota.start() // also without lanes: it moves on what waits for its time
    reportEvents(rota)
    tellServing()
    say(`listening on ${url}: REST below ${url}/api, described at ${url}/docs`)
    await tellSetup(server, url, flags.newSetupToken ?? false)
    say(partsLine(settings, flags))
    await stop.asked
    say('stopping: running jobs may end')
  } finally {
    await server.close({ grace: Math.min(grace, 5_000) })
    await rota.stop({ grace })
    stop.forget()
  }
  return stop.exitCode()
}

/** A worker without lanes runs nothing, but moves on what waits for its time, and gives back what dead workers held. */
function withParts(options: RotaOptions, { worker, schedules }: ServeFlags): RotaOptions {
  const parts: RotaOptions = { ...options, worker: { ...options.worker, schedules } }
  if (worker) return parts
  const { clusters } = options
  if (clusters === undefined) return { ...parts, lanes: {} }
  const idle = Object.entries(clusters).map(([name, own]) => {
    const isPlace = typeof own === 'string' || 'claim' in own
    return [name, { ...(isPlace ? { storage: own } : own), lanes: {} }]
  })
  return { ...parts, clusters: Object.fromEntries(idle) }
}

export const listenOptions = ({ port, host }: Pick<ServeFlags, 'port' | 'host'>) => ({
  ...(port !== undefined && { port: numberFlag(port) }),
  ...(host !== undefined && { host }),
})

function serverOptions({ server }: Settings, flags: ServeFlags): ServerOptions {
  const { publicUrl, registration, proxy, hostName, newSecret } = flags
  return {
    basePath: '',
    ...server,
    ...(publicUrl !== undefined && { url: publicUrl }),
    ...(registration !== undefined && { registration }),
    ...(proxy !== undefined && { proxies: proxy }),
    ...(hostName !== undefined && { hosts: hostName }),
    ...(newSecret !== undefined && { newSecret }),
  }
}

/** The token goes to the terminal of whoever started the server, and nowhere else. */
async function tellSetup(server: Server, url: string, newToken: boolean): Promise<void> {
  const { open, token } = await server.setup({ newToken })
  if (!open) return
  say(`there is no administrator yet: whoever registers first on this machine becomes it`)
  say(
    `  curl -X POST ${url}/api/auth/register -H 'content-type: application/json' -d '{"email":"you@example.com","password":"…"}'`,
  )
  if (token !== null) say(`  from elsewhere with "setupToken": "${token}" in it; the token is shown this once`)
  else say('  from elsewhere with the set-up token of the first start; --new-setup-token prints another')
}

function partsLine(settings: Settings, { worker, schedules }: ServeFlags): string {
  if (worker) return `${servingLine(settings)}${schedules ? '' : '; firing no schedules'}`
  const places = clustersOf(settings.options).map(({ place }) => place)
  return `running no jobs of ${places.join(', ')}${schedules ? '; firing schedules' : ', and firing no schedules'}`
}
