import { createServer, connect as dial, type Socket } from 'node:net'

/** A TCP proxy on 127.0.0.1 that can swallow everything, as a network does whose cable was pulled: no reset, no end. */
export interface Proxy {
  readonly url: string
  /** From now on nothing passes, in either direction. */
  swallow(): void
  close(): Promise<void>
}

export async function startProxy(target: string): Promise<Proxy> {
  const url = new URL(target)
  const port = Number(url.port)
  const sockets = new Set<Socket>()
  let silent = false
  const server = createServer((near) => {
    const far = dial(port, '127.0.0.1')
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('data', (chunk) => !silent && to.write(chunk))
      from.on('error', () => {})
      from.on('close', () => {
        sockets.delete(from)
        if (!silent) to.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address === 'object' && address) url.port = String(address.port)
  return {
    url: url.href,
    swallow: () => {
      silent = true
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}
