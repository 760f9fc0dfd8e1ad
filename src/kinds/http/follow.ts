/** A request and the redirects behind it, each of them vetted like the first. */
import { RotaError } from '../../job/errors.ts'
import { merged } from './headers.ts'
import type { Draft } from './render.ts'
import type { Answer, Limits, Outgoing, Sender } from './request.ts'
import type { Method } from './spec.ts'

export interface Followed {
  readonly answer: Answer
  readonly hops: number
}

/**
 * Follows at most `most` redirects; the next one is an answer like any other. What is for the first origin alone is not sent on, not
 * even where a later redirect leads back.
 *
 * @throws as `Sender.send`
 */
export async function follow(sender: Sender, draft: Draft, most: number, limits: Limits): Promise<Followed> {
  let { method, url, body } = draft
  let open = draft.open
  let home = true
  for (let hops = 0; ; hops++) {
    const headers = home ? merged(open, draft.private(body)) : open
    const answer = await sender.send({ method, url, headers, body }, limits)
    const next = hops < most ? targetOf(answer, url) : null
    if (next === null) return { answer, hops }
    if (url.protocol === 'https:' && next.protocol !== 'https:') {
      const message = `The redirect of ${url.host} to ${next.host} was not followed: it leaves https. Use the address it leads to in \`url\`.`
      throw new RotaError('target_refused', message)
    }
    if (turnsIntoGet(answer.status, method)) {
      method = 'GET'
      body = null
      open = withoutBody(open)
    }
    home &&= next.origin === draft.url.origin
    url = next
  }
}

/** The headers of a request as it is sent first, for the log. */
export const firstOf = (draft: Draft): Outgoing => ({
  method: draft.method,
  url: draft.url,
  headers: merged(draft.open, draft.private(draft.body)),
  body: draft.body,
})

/** Where the answer leads to, or null where it is no redirect. */
function targetOf({ status, headers }: Answer, from: URL): URL | null {
  const redirects = [301, 302, 303, 307, 308].includes(status) && headers.location !== undefined
  return redirects ? URL.parse(headers.location as string, from.href) : null
}

const turnsIntoGet = (status: number, method: Method): boolean =>
  (status === 303 && method !== 'GET' && method !== 'HEAD') || ((status === 301 || status === 302) && method === 'POST')

const withoutBody = (headers: Draft['open']): Draft['open'] =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !/^content-/i.test(name)))
