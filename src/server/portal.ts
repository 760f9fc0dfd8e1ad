/**
 * The portal: the files that `npm run build` makes of `portal/`, kept in memory as they are asked for.
 *
 * A page is the same for every screen. It finds its files relative to where it stands, so the portal works below any path without being told.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

/** The addresses of screens below the base; `test/server/portal.test.ts` compares them with the routes. */
const screens =
  /^\/(?:(?:jobs|failures|schedules|flows|lanes|workers|handlers|audit|access|settings)(?:\/[^/]+)?|sign-in|set-up)$/
const files = /^\/(?:assets\/[\w.-]+|theme\.js|favicon\.svg)$/

/** Whether this address below the base, such as `/jobs/1`, can be one of the portal. */
export const isPortalPath = (path: string): boolean => screens.test(path.replace(/\/$/, '')) || files.test(path)

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}

interface File {
  readonly type: string
  readonly plain: Buffer
  readonly zipped: Buffer | null
}

const squeeze = promisify(gzip)
const longestAge = 31_536_000 // seconds; the names of assets change with what is in them

export class Portal {
  readonly #folder = fileURLToPath(new URL('../../dist/portal/', import.meta.url))
  readonly #files = new Map<string, Promise<File>>()
  #names: ReadonlySet<string> | null = null

  /** @param path below the base; null where there is nothing of this name */
  async answer(path: string, { headers, url }: Request): Promise<Response | null> {
    const name = path.slice(1)
    if (files.test(path) && this.#known().has(name)) {
      const forever = name.startsWith('assets/')
      return respond(await this.#file(name), headers, forever ? `public, max-age=${longestAge}, immutable` : 'no-cache')
    }
    if (path !== '/' && (files.test(path) || !isPortalPath(path)))
      return isMistyped(path, headers) ? this.#page(path, 404) : null
    if (path !== '/' && path.endsWith('/'))
      return new Response(null, { status: 302, headers: { location: withoutSlash(path) + new URL(url).search } })
    return this.#page(path, 200)
  }

  async #page(path: string, status: number): Promise<Response> {
    if (!this.#known().has('index.html')) return new Response(notBuilt, { status: 503, headers: plain })
    const { plain: page, type } = await this.#file('index.html')
    const base = '../'.repeat(path.split('/').length - 2) || './'
    const html = page.toString().replace('<base href="./" />', `<base href="${base}" />`)
    return new Response(html, { status, headers: { 'content-type': type, 'cache-control': 'no-cache' } })
  }

  #known(): ReadonlySet<string> {
    if (this.#names === null || this.#names.size === 0) this.#names = namesIn(this.#folder)
    return this.#names
  }

  #file(name: string): Promise<File> {
    const found = this.#files.get(name) ?? load(join(this.#folder, name))
    this.#files.set(name, found)
    found.catch(() => this.#files.delete(name))
    return found
  }
}

/** A person meant a screen, and is told by the portal that there is no such page; not on a longer path, of which nobody knows where the portal begins. */
const isMistyped = (path: string, headers: Headers): boolean =>
  /^\/(?!api$)[^/]+$/.test(path) && (headers.get('accept') ?? '').includes('text/html')

/** Seen from where the browser stands, below any base. */
const withoutSlash = (path: string): string => `../${path.split('/').at(-2)}`

const plain = { 'content-type': 'text/plain; charset=utf-8' }
const notBuilt = 'The portal is not built yet: npm run build. The API works, and is described at /docs.\n'

function namesIn(folder: string): ReadonlySet<string> {
  try {
    const found = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    return new Set(
      found.map(({ parentPath, name }) => join(parentPath, name).slice(folder.length).replaceAll('\\', '/')),
    )
  } catch {
    return new Set()
  }
}

async function load(path: string): Promise<File> {
  const content = readFileSync(path)
  const type = types[extname(path)] ?? 'application/octet-stream'
  const zipped = /text|json|svg/.test(type) ? await squeeze(content, { level: 9 }) : null
  return { type, plain: content, zipped }
}

function respond({ type, plain, zipped }: File, asked: Headers, cache: string): Response {
  const headers = { 'content-type': type, 'cache-control': cache, vary: 'accept-encoding' }
  if (zipped !== null && /\bgzip\b/.test(asked.get('accept-encoding') ?? ''))
    return new Response(new Uint8Array(zipped), { headers: { ...headers, 'content-encoding': 'gzip' } })
  return new Response(new Uint8Array(plain), { headers })
}
