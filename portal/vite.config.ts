/** Builds the portal into `dist/portal`, which the server gives out (`src/server/portal.ts`). */
import { fileURLToPath } from 'node:url'
import tailwind from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'
import { operations } from '../src/api/index.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/**
 * The client needs of each operation where it is and who may call it, not what it takes: the server checks that. Without the schemas a
 * browser loads no library for them, a third of the whole.
 */
function tableWithoutSchemas(): Plugin {
  const table = here('../src/api/index.ts')
  return {
    name: 'table-without-schemas',
    load(id) {
      if (id !== table) return null
      const known = operations().map(({ id, method, path, meta }) => ({ id, method, path, meta }))
      return `const all = JSON.parse(${JSON.stringify(JSON.stringify(known))}, (key, value) =>
  key === 'patience' && value === null ? Infinity : value, // which JSON cannot say
)
export const operationById = new Map(all.map((one) => [one.id, one]))
export const api = {}
for (const { id, method, path, meta } of all) {
  const names = id.split('.')
  const last = names.pop()
  let part = api
  for (const name of names) part = part[name] ??= {}
  part[last] = { '~orpc': { errorMap: {}, meta, route: { method, path } } }
}`
    },
  }
}

// Whatever it is called from: a test runner says `test` here, and React would be built for development.
process.env.NODE_ENV = 'production'

export default defineConfig({
  root: here('.'),
  base: './', // where it is mounted is known when it is asked for
  plugins: [tableWithoutSchemas(), react(), tailwind()],
  resolve: { alias: { 'rota/client': here('../src/client/index.ts') } },
  build: {
    outDir: here('../dist/portal'),
    emptyOutDir: true,
    manifest: 'manifest.json', // what `test/portal/load.test.ts` adds up
    target: 'es2023',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      output: {
        codeSplitting: {
          // Left alone, every icon and small part that two screens share is a file: 40 requests before anything runs, 20 more for a screen.
          // The entry itself stays a file of its own, by whose name the manifest finds the rest. Parts that few screens need come with these.
          groups: [
            { name: 'main', tags: ['$initial'], test: /^(?!.*(main\.tsx|index\.html)$)/, priority: 2 },
            { name: 'icons', test: /lucide-react/, minShareCount: 2, priority: 1 },
            {
              name: 'parts',
              test: /[\\/]portal[\\/]src[\\/](ui|lib|data)[\\/]/,
              minShareCount: 5,
              maxModuleSize: 6_000,
            },
          ],
        },
      },
    },
  },
})
