import { createServer, connect as dial, type Socket } from 'node:net'
import { Conversation } from './postgres-wire.ts'

/**
 * A TCP proxy on 127.0.0.1 that behaves as networks do: it swallows everything, as when a cable was pulled (no reset, no
 * end), or it breaks a connection just when the server has committed and before the client hears of it; or it is far away.
 */
export interface TcpProxy {
  readonly url: string
  /** From now on nothing passes, in either direction. */
  swallow(): void
  /** New connections pass again; those from before are never heard of again, and nobody tells them. */
  recover(): void
  /** New connections reach nobody until `release`. */
  hold(): void
  release(): void
  close(): Promise<void>
}

export interface ProxyOptions {
  /**
   * Asked when the server has committed a statement, with its text (`commit` for a transaction): true cuts all
   * connections instead of passing the answer on.
   */
  readonly cut?: (statement: string) => boolean
  /** Milliseconds that everything is under way, in each direction; nothing waits for what went before. @default 0 */
  readonly delay?: number
}

export async function startProxy(target: string, { cut, delay = 0 }: ProxyOptions = {}): Promise<TcpProxy> {
  const url = new URL(target)
  const port = Number(url.port)
  const sockets = new Set<Socket>()
  let silent = false
  let recoveries = 0
  let held: (() => void)[] | null = null

  const cutAll = () => {
    for (const socket of sockets) socket.destroy()
  }
  // Timers of one length fire in their order, so that what is sent later arrives later.
  const arrive = (what: () => void) => {
    if (delay > 0) setTimeout(what, delay)
    else what()
  }
  const join = (near: Socket) => {
    const far = dial({ port, host: '127.0.0.1', noDelay: true })
    const conversation = cut && new Conversation()
    const joined = recoveries
    const passes = () => !silent && joined === recoveries
    const toServer = (chunk: Buffer) => {
      conversation?.hear(chunk)
      far.write(chunk)
    }
    const toClient = (chunk: Buffer) => {
      if (!conversation) return void near.write(chunk)
      let answer: Buffer[] = []
      for (const { bytes, committed } of conversation.answers(chunk)) {
        answer.push(bytes)
        if (committed === null) continue
        if (cut?.(committed)) return cutAll()
        near.write(Buffer.concat(answer))
        answer = []
      }
      near.write(Buffer.concat(answer))
    }
    for (const [from, to, pass] of [
      [near, far, toServer],
      [far, near, toClient],
    ] as const) {
      sockets.add(from)
      from.on('data', (chunk) => arrive(() => passes() && pass(chunk)))
      from.on('error', () => {})
      from.on('close', () => {
        sockets.delete(from)
        arrive(() => passes() && to.destroy())
      })
    }
  }

  const server = createServer({ noDelay: true }, (near) => {
    if (held === null) return join(near)
    near.on('error', () => {})
    held.push(() => join(near)) // not read from until then
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address === 'object' && address) url.port = String(address.port)
  return {
    url: url.href,
    swallow: () => {
      silent = true
    },
    recover: () => {
      silent = false
      recoveries++
    },
    hold: () => {
      held ??= []
    },
    release: () => {
      const waiting = held ?? []
      held = null
      for (const go of waiting) go()
    },
    close: () =>
      new Promise((resolve) => {
        cutAll()
        server.close(() => resolve())
      }),
  }
}
