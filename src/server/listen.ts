/** The server on a port of its own. */
import { createServer, type Server as HttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { RotaError } from '../job/errors.ts'
import * as check from '../job/options.ts'
import { isLoopback } from './address.ts'

/** Where a server listens. */
export interface ListenOptions {
  /** 0 for any that is free. @default environment `PORT`, then 4480 */
  readonly port?: number
  /** An address of this machine; `0.0.0.0` for all. @default '127.0.0.1', which only this machine reaches */
  readonly host?: string
}

/** A server that listens. */
export interface Listening {
  /** `http://127.0.0.1:4480` */
  readonly url: string
  /** That it got, where any was asked for. */
  readonly port: number
  /** Only this machine reaches it. */
  readonly loopback: boolean
  /** @internal */
  close(grace: number): Promise<void>
}

type Listener = (request: IncomingMessage, response: ServerResponse) => unknown

export const defaultPort = 4480

/** Milliseconds and bytes: a client that sends slowly must not hold a connection for ever. */
export const usualLimits = {
  headersTimeout: 10_000,
  requestTimeout: 60_000,
  /** How often the two above are looked at. */
  connectionsCheckingInterval: 5_000,
  keepAliveTimeout: 65_000,
  maxHeaderSize: 16_384,
}

export async function listen(
  listener: Listener,
  options: ListenOptions,
  { trustLocal, limits = usualLimits }: { readonly trustLocal: boolean; readonly limits?: typeof usualLimits },
): Promise<Listening> {
  const set = check.checkOptions('listen', options, { port: check.integer(0, 65_535), host: check.text(255) })
  const port = set.port ?? portOf(process.env.PORT) ?? defaultPort
  const host = set.host ?? '127.0.0.1'
  const loopback = host === 'localhost' || isLoopback(host)
  if (trustLocal && !loopback) {
    const message = `host: a server without sign-in listens on this machine only, not on ${host}. Use \`rota serve\` for others.`
    throw new RotaError('option_invalid', message, { field: 'host' })
  }
  const server = createServer(limits, (request, response) => void listener(request, response))
  await bound(server, port, host)
  const own = server.address() as AddressInfo
  const shown = own.family === 'IPv6' ? `[${own.address}]` : own.address
  return {
    url: `http://${shown}:${own.port}`,
    port: own.port,
    loopback,
    close: (grace) => closed(server, grace),
  }
}

function portOf(text: string | undefined): number | undefined {
  return text === undefined || text === '' ? undefined : check.integer(0, 65_535)(Number(text), 'PORT')
}

function bound(server: HttpServer, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, port, host)))
    server.listen(port, host, resolve)
  })
}

function listenError(error: NodeJS.ErrnoException, port: number, host: string): Error {
  if (error.code === 'EADDRINUSE')
    return new RotaError(
      'port_taken',
      `Port ${port} of ${host} is taken by another process. Stop it, or choose another with --port.`,
      {
        field: 'port',
      },
    )
  const why = error.code === 'EACCES' ? 'is not allowed for this user' : `is not possible (${error.code})`
  return new RotaError('option_invalid', `host: to listen on ${host}:${port} ${why}.`, { field: 'host', cause: error })
}

/** Answers under way may end within the grace; then their connections are cut. */
async function closed(server: HttpServer, grace: number): Promise<void> {
  const ended = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  // A connection whose answer has ended meanwhile would be kept alive, and nothing says so.
  const idle = setInterval(() => server.closeIdleConnections(), 50)
  const cut = setTimeout(() => server.closeAllConnections(), grace)
  await ended
  clearInterval(idle)
  clearTimeout(cut)
}
