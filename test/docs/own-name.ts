/** Loaded before a sample: `rota` is the source of this clone, as in `bin/rota.js`. */
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { sourcesByName } from './sources.ts'

const root = new URL('../../', import.meta.url)
const sources = sourcesByName(readFileSync(new URL('package.json', root), 'utf8'))

registerHooks({
  resolve(specifier, context, next) {
    const file = sources.get(specifier)
    return next(file === undefined ? specifier : new URL(file, root).href, context)
  },
})
