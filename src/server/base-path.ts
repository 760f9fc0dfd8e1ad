/** Where a server is mounted is found out from the address of a request: some frameworks cut the base path off, others do not. */
import { operations } from '../api/index.ts'

const roots = new Set(operations().map(({ path }) => path.split('/')[1]))
const pages = /^\/(?:healthz|readyz|openapi\.json|docs|docs\/docs\.(?:css|js))$/

/**
 * The path below the base; null where nothing of ours can be meant.
 *
 * @param base as it was given; undefined to find it out: then the first place counts from which on the path is one of ours
 */
export function pathBelowBase(pathname: string, base: string | undefined): string | null {
  if (base !== undefined) {
    const own = base.replace(/\/$/, '')
    return pathname === own || pathname.startsWith(`${own}/`) ? pathname.slice(own.length) || '/' : null
  }
  for (let at = 0; at >= 0; at = pathname.indexOf('/', at + 1)) {
    const rest = pathname.slice(at)
    if (pages.test(rest)) return rest
    const [, api, root] = rest.split('/', 3)
    if (api === 'api' && roots.has(root)) return rest
  }
  return pathname
}
