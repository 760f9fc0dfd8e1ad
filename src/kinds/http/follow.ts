/** A request and the redirects behind it, each of them vetted like the first. */
import { RotaError } from '../../job/errors.ts'
import { type HeaderMap, merged } from './headers.ts'
import type { Method } from './methods.ts'
import type { Draft } from './render.ts'
import type { Answer, Limits, Outgoing, Sender } from './request.ts'

/** The request as it is sent first. This signs it, with the time: whoever tells what was sent must tell of this very one. */
export const firstOf = ({ method, url, open, private: own, body }: Draft): Outgoing => ({
  method,
  url,
  headers: merged(open, own(body)),
  body,
})

export interface Followed {
  readonly answer: Answer
  readonly hops: number
  /** No redirect led to another origin, so that the target has all of the headers. */
  readonly home: boolean
}

/**
 * Sends `first`, which is that of the draft, and follows at most `most` redirects; the next one is an answer like any other. What is
 * for the first origin alone is not sent on, not even where a later redirect leads back.
 *
 * @throws as `Sender.send`
 */
export async function follow(
  sender: Sender,
  draft: Draft,
  first: Outgoing,
  most: number,
  limits: Limits,
): Promise<Followed> {
  let outgoing = first
  let home = true
  let asGet = false
  for (let hops = 0; ; hops++) {
    const answer = await sender.send(outgoing, limits)
    const { method, url } = outgoing
    const next = hops < most ? targetOf(answer, url) : null
    if (next === null) return { answer, hops, home }
    if (url.protocol === 'https:' && next.protocol !== 'https:') {
      const message = `The redirect of ${url.host} to ${next.host} was not followed: it leaves https. Use the address it leads to in \`url\`.`
      throw new RotaError('target_refused', message)
    }
    asGet ||= turnsIntoGet(answer.status, method)
    const body = asGet ? null : outgoing.body
    home &&= next.origin === draft.url.origin
    const headers = home ? merged(draft.open, draft.private(body)) : draft.open
    outgoing = { method: asGet ? 'GET' : method, url: next, headers: asGet ? withoutBody(headers) : headers, body }
  }
}

/** Where the answer leads to, or null where it is no redirect. */
function targetOf({ status, headers }: Answer, from: URL): URL | null {
  const redirects = [301, 302, 303, 307, 308].includes(status) && headers.location !== undefined
  return redirects ? URL.parse(headers.location as string, from.href) : null
}

const turnsIntoGet = (status: number, method: Method): boolean =>
  (status === 303 && method !== 'GET' && method !== 'HEAD') || ((status === 301 || status === 302) && method === 'POST')

const withoutBody = (headers: HeaderMap): HeaderMap =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !/^content-/i.test(name)))
