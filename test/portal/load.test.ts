/** How much a browser loads before the first screen stands: everything that this needs, packed as the server sends it, letters included. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'

interface Chunk {
  readonly file: string
  readonly css?: readonly string[]
  readonly assets?: readonly string[]
  readonly imports?: readonly string[]
}

const folder = join(import.meta.dirname, '../../dist/portal')
const most = 300_000

test('the first load is at most 300 kB: page, scripts, styles, letters and texts of the overview', () => {
  expect(existsSync(join(folder, 'manifest.json')), 'the portal is built: node scripts/setup.mjs test').toBe(true)
  const chunks = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as Record<string, Chunk>
  const files = new Set(['index.html', 'theme.js', 'favicon.svg'])
  const add = (key: string): void => {
    const chunk = chunks[key]
    if (chunk === undefined) throw new Error(`there is no ${key}`)
    if (files.has(chunk.file)) return
    for (const file of [chunk.file, ...(chunk.css ?? []), ...(chunk.assets ?? [])]) files.add(file)
    for (const other of chunk.imports ?? []) add(other)
  }
  for (const key of ['index.html', 'src/screens/overview/screen.tsx', 'src/texts/en/overview.json']) add(key)
  const sizes = [...files].map((file) => {
    const content = readFileSync(join(folder, file))
    return { file, size: file.endsWith('.woff2') ? content.length : gzipSync(content, { level: 9 }).length }
  })
  const total = sizes.reduce((sum, { size }) => sum + size, 0)
  const largest = sizes.sort((a, b) => b.size - a.size).slice(0, 12)
  console.log(
    `first load: ${total} bytes in ${files.size} files\n${largest.map(({ file, size }) => `  ${size} ${file}`).join('\n')}`,
  )
  expect(sizes.length).toBeGreaterThan(5)
  expect(total).toBeLessThanOrEqual(most)
})
