/** What kinds of definitions there are to people. */
import type { Output } from '../../data/read.ts'

export type Handler = Output<'handlers.get'>

/** `http`: stored, and makes requests. `builtIn`: the job `http` of Rota itself, which makes a single one. */
export type Kind = 'code' | 'http' | 'builtIn'

export const kinds: readonly Kind[] = ['code', 'http', 'builtIn']

export function kindOf({ id, version }: Pick<Handler, 'id' | 'version'>): Kind {
  if (version !== null) return 'http'
  return id === 'http' ? 'builtIn' : 'code'
}
