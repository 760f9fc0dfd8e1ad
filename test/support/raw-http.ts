/** Requests as they are written, byte by byte: what clients of HTTP would put right before it is sent. */
import { connect } from 'node:net'

export interface RawAnswer {
  /** 0 where the connection was closed without an answer. */
  readonly status: number
  /** Head and body. */
  readonly text: string
}

/** Sends it on a connection of its own, and reads until that is closed, or until `enough` says so. */
export function sendRaw(
  url: string,
  request: string | Buffer,
  enough: (text: string) => boolean = () => false,
): Promise<RawAnswer> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve) => {
    let text = ''
    const socket = connect(Number(port), hostname, () => socket.write(request))
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      if (enough(text)) socket.destroy()
    })
    socket.on('error', () => socket.destroy()) // the server may cut the connection; what it said counts
    socket.on('close', () => resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), text }))
  })
}

/** The text of a request that closes its connection. */
export function requestText(
  method: string,
  target: string,
  host: string,
  headers: readonly string[] = [],
  body = '',
): string {
  const own = [`Host: ${host}`, 'Connection: close', ...headers]
  if (body !== '' || method !== 'GET')
    own.push('Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`)
  return `${method} ${target} HTTP/1.1\r\n${own.join('\r\n')}\r\n\r\n${body}`
}
