/**
 * The way to Redis: each command has a deadline, so that a server that is gone or swallows everything is noticed at once.
 *
 * A connection of our own is none → connecting (by the first command, which the others join) → open → none again after trouble,
 * or after a command without an answer; the next command connects anew. Nothing goes on in the background.
 */
import { RotaError } from '../job/errors.ts'

/** What Rota needs of a client of the package `redis`, version 5 or newer. */
export interface RedisClient {
  /** Runs a script. */
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
  /** The same client, whose commands are not sent any more once the signal has fired. */
  withAbortSignal(signal: AbortSignal): Pick<RedisClient, 'eval'>
  /** Trouble with the connection. */
  on(event: 'error', listener: (error: Error) => void): unknown
}

/** One script, the keys that it touches, and its arguments. */
export interface Command {
  readonly script: string
  readonly keys: string[]
  readonly args: string[]
}

export interface Connection {
  run(command: Command): Promise<unknown>
  close(): void
}

/** Milliseconds. */
const deadline = 500

/** A client of the application's own. */
export function through(client: RedisClient): Connection {
  surviveTrouble(client)
  return { run: (command) => withinDeadline(async () => client, command), close: () => {} }
}

/** Trouble is told by an event, and one that nobody listens to ends the process. The command that meets it fails by itself. */
function surviveTrouble(client: RedisClient): void {
  if (listenedTo.has(client)) return
  listenedTo.add(client)
  client.on('error', () => {})
}

const listenedTo = new WeakSet<RedisClient>()

/** The package is loaded at first use, so that nobody else need install it. */
const load = () =>
  import('redis').catch((cause) => {
    throw new RotaError('option_invalid', 'rota/redis needs the package "redis": npm install redis', {
      field: 'locks',
      cause,
    })
  })

type Redis = Awaited<ReturnType<typeof load>>
type OwnClient = ReturnType<typeof newClient>

const newClient = ({ createClient }: Redis, url: string) =>
  createClient({
    url,
    disableOfflineQueue: true,
    maintNotifications: 'disabled',
    socket: { connectTimeout: deadline, reconnectStrategy: false },
  })

interface Current {
  readonly client: OwnClient
  readonly ready: Promise<unknown>
}

export function connecting(url: string): Connection {
  let current: Current | null = null

  const connect = (redis: Redis): Current => {
    const client = newClient(redis, url)
    surviveTrouble(client)
    return { client, ready: client.connect() }
  }
  const drop = (one: Current | null) => {
    if (one === null) return
    if (current === one) current = null
    destroy(one.client)
    one.ready.then(
      () => destroy(one.client), // a socket that was on its way is not found before
      () => {},
    )
  }

  return {
    async run(command) {
      const redis = await load()
      current ??= connect(redis)
      const used = current
      const open = async () => {
        await used.ready.catch((error) => {
          drop(used)
          throw error
        })
        return used.client
      }
      try {
        return await withinDeadline(open, command)
      } catch (error) {
        if (!isAnswer(error)) drop(used)
        throw error
      }
    },
    close: () => drop(current),
  }
}

function destroy(client: OwnClient): void {
  try {
    client.destroy()
  } catch {} // version 5 says so when it is closed already
}

/**
 * Redis has refused the command: what it says begins with a word in capitals. One that has become a replica, or still loads, may
 * have a successor by now.
 */
const isAnswer = (error: unknown): boolean =>
  /^(?!READONLY|LOADING|MASTERDOWN|NOAUTH)[A-Z]+ /.test((error as Error).message)

/** What is not sent by then is not sent any more. */
async function withinDeadline(open: () => Promise<RedisClient>, { script, keys, args }: Command): Promise<unknown> {
  const giveUp = new AbortController()
  const late = Promise.withResolvers<never>()
  const cancel = afterSlices(() => {
    late.reject(new Error(`no answer within ${deadline} ms`))
    giveUp.abort()
  })
  const answer = open().then((client) => client.withAbortSignal(giveUp.signal).eval(script, { keys, arguments: args }))
  try {
    return await Promise.race([answer, late.promise])
  } finally {
    cancel()
  }
}

const slices = 5

/** The deadline in slices: a process that was blocked loses one of them, and has the others to send and to read. */
function afterSlices(end: () => void): () => void {
  let timer: NodeJS.Timeout
  const wait = (left: number) => {
    timer = setTimeout(() => (left > 1 ? wait(left - 1) : end()), deadline / slices)
  }
  wait(slices)
  return () => clearTimeout(timer)
}
