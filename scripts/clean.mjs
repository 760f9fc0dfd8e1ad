// Empties dist before a build, but for the portal, which `portal.mjs` builds only where its sources have changed.
import { readdirSync, rmSync } from 'node:fs'

const dist = new URL('../dist/', import.meta.url)
try {
  for (const name of readdirSync(dist)) if (name !== 'portal') rmSync(new URL(name, dist), { recursive: true })
} catch (error) {
  if (error.code !== 'ENOENT') throw error
}
