/** Where a server is mounted is found out from the address of a request: some frameworks cut the base path off, others do not. */
import { operations } from '../api/index.ts'
import { isPortalPath } from './portal.ts'

const roots = new Set(operations().map(({ path }) => path.split('/')[1]))
const pages = /^\/(?:healthz|readyz|openapi\.json|docs|docs\/docs\.(?:css|js))$/

/** What may stand in front of a page of the portal: nothing that is meant to look like the API. */
const prefix = /^(?:\/(?!api(?:\/|$))[\w.~-]+)*$/i

/**
 * The path below the base; null where nothing of ours can be meant.
 *
 * @param base as it was given; undefined to find it out: then the first place counts from which on the path is one of the API, or else of the portal
 */
export function pathBelowBase(pathname: string, base: string | undefined): string | null {
  if (base !== undefined) {
    const own = base.replace(/\/$/, '')
    return pathname === own || pathname.startsWith(`${own}/`) ? pathname.slice(own.length) || '/' : null
  }
  const root = pathname.endsWith('/') && prefix.test(pathname.slice(0, -1)) ? '/' : null
  return firstPlace(pathname, isOfApi) ?? firstPlace(pathname, isPortalPath, prefix) ?? root ?? pathname
}

const isOfApi = (rest: string): boolean => {
  const [, api, root] = rest.split('/', 3)
  return pages.test(rest) || (api === 'api' && roots.has(root))
}

function firstPlace(pathname: string, isOurs: (rest: string) => boolean, before?: RegExp): string | null {
  for (let at = 0; at >= 0; at = pathname.indexOf('/', at + 1)) {
    const rest = pathname.slice(at)
    if (isOurs(rest)) return before?.test(pathname.slice(0, at)) === false ? null : rest
  }
  return null
}
