import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Results } from '../figures.ts'
import { chart, chartName } from './chart.ts'
import { markdown } from './markdown.ts'
import { coloursOf, sidesOf } from './sides.ts'

/**
 * Writes `benchmarks.md`, and in `benchmarks/` a chart for each workload and `results.json`. Charts that are no longer made are
 * removed, so nothing else should keep an SVG there.
 *
 * @param folder `docs/`
 * @returns the paths that were written
 */
export function writeReport(results: Results, folder: URL | string): string[] {
  const { page, beside, values } = pathsIn(folder)
  mkdirSync(beside, { recursive: true })
  const colours = coloursOf([
    ...new Set([...results.sides.map(({ name }) => name), ...results.workloads.flatMap(sidesOf)]),
  ])
  const files = new Map([[page, markdown(results)]])
  for (const workload of results.workloads) {
    const svg = chart(workload, colours)
    if (svg !== null) files.set(join(beside, chartName(workload)), svg)
  }
  files.set(values, `${JSON.stringify(results, null, 2)}\n`)

  for (const name of readdirSync(beside))
    if (name.endsWith('.svg') && !files.has(join(beside, name))) rmSync(join(beside, name))
  for (const [path, text] of files) writeFileSync(path, text)
  return [...files.keys()]
}

/** What `writeReport` left in that folder, or null where there is nothing yet. */
export function readResults(folder: URL | string): Results | null {
  const { values } = pathsIn(folder)
  return existsSync(values) ? (JSON.parse(readFileSync(values, 'utf8')) as Results) : null
}

function pathsIn(folder: URL | string) {
  const root = typeof folder === 'string' ? folder : fileURLToPath(folder)
  const beside = join(root, 'benchmarks')
  return { page: join(root, 'benchmarks.md'), beside, values: join(beside, 'results.json') }
}
