/** Where somebody wanted to go before they had to sign in. */

export interface Place {
  readonly path: string
  readonly search: Readonly<Record<string, string>>
}

const start: Place = { path: '/', search: {} }
const nowhere = 'http://portal.invalid'

/** Only a screen of this portal: an address elsewhere, in whatever way it is written, leads to the start. */
export function placeOf(back: string | undefined): Place {
  if (back === undefined || !back.startsWith('/') || !URL.canParse(back, nowhere)) return start
  const url = new URL(back, nowhere)
  if (url.origin !== nowhere || /^\/(sign-in|set-up)(\/|$)/i.test(url.pathname)) return start
  const { error: _, error_description: __, ...search } = Object.fromEntries(url.searchParams)
  return { path: url.pathname, search }
}

/** What a provider that let nobody in has said; it sends people to the start, which sends them here. */
export function errorIn(search: Readonly<Record<string, string | undefined>>): string | null {
  const { error, back } = search
  if (error !== undefined) return error
  return back !== undefined && URL.canParse(back, nowhere) ? new URL(back, nowhere).searchParams.get('error') : null
}
