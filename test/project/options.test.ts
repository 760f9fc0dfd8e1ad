/** The tables of options and errors are whole: what they say is there, and what is there they say. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { template } from '../../src/engine/enqueue.ts'
import { resolveOptions } from '../../src/engine/options.ts'
import { defineJob } from '../../src/index.ts'
import { defaultTable, showDefault } from '../../src/job/default-table.ts'
import { errorCodes } from '../../src/job/errors.ts'
import { defaults } from '../../src/job/options.ts'
import { postgres } from '../../src/storage/postgres/index.ts'

const root = resolve(import.meta.dirname, '../..')
const page = (name: string) => readFileSync(join(root, 'docs', name), 'utf8')
const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  .map((file) => [file, readFileSync(join(root, 'src', file), 'utf8')] as const)

describe('errors', () => {
  const codes = Object.keys(errorCodes)

  test('the page has every code, and no other', () => {
    const written = [...page('errors.md').matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1])
    expect(written).toEqual(codes)
  })

  test('every code is thrown or recorded somewhere', () => {
    const others = sources.filter(([file]) => !['job/errors.ts', 'cli/exit-codes.ts'].includes(file))
    const unused = codes.filter((code) => !others.some(([, text]) => text.includes(`'${code}'`)))
    expect(unused).toEqual([])
  })

  test('every code that is thrown is in the table', () => {
    const thrown = sources.flatMap(([, text]) =>
      [...text.matchAll(/new RotaError\(\s*'(\w+)'/g)].map((match) => match[1] as string),
    )
    expect(thrown.length).toBeGreaterThan(30)
    expect([...new Set(thrown)].filter((code) => !codes.includes(code))).toEqual([])
  })
})

describe('defaults', () => {
  const rows = Object.entries(defaultTable)
  const job = defineJob({ id: 'any', run: () => null })
  const [cluster] = resolveOptions({}).clusters
  const anId = '01890a5d-ac96-774b-bcce-b302099a8057'

  /** The object in which `a.b` is the value. */
  const at = (path: string, value: unknown): Record<string, unknown> =>
    path.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Record<string, unknown>
  /** The smallest that is allowed, or any value of the right kind. */
  const samples: Readonly<Record<string, unknown>> = { backoff: 'fixed', metadata: { a: 1 } }
  const sampleOf = (key: string) =>
    samples[key] ?? defaultTable[key as keyof typeof defaults].minimum ?? defaults[key as keyof typeof defaults]
  const give: Readonly<Record<string, (options: Record<string, unknown>) => unknown>> = {
    createRota: (options) => resolveOptions(options),
    cluster: (options) => resolveOptions({ clusters: { default: { storage: 'sqlite::memory:', ...options } } }),
    defineJob: (options) => defineJob({ id: 'any', run: () => null, ...options }),
    enqueue: (options) =>
      template('enqueue', job, { after: anId, ...options }, (cluster as NonNullable<typeof cluster>).jobDefaults),
    postgres: (options) => postgres({ url: 'postgres://nobody@127.0.0.1:1/none', ...options }),
  }
  const places = rows.flatMap(([key, { minimum, places }]) =>
    Object.entries(places)
      .filter(([place]) => place in give)
      .map(([place, name]) => [place, name.replace('<lane>', 'mail'), key, minimum] as const),
  )

  test('every default has a row, and every row a default', () => {
    expect(rows.map(([key]) => key).sort()).toEqual(Object.keys(defaults).sort())
    for (const [key, { places }] of rows)
      expect(page('defaults.md')).toContain(`| \`${Object.values(places)[0] ?? key}\` |`)
  })

  test.each(places)('%s takes %s', (place, name, key, minimum) => {
    const given = give[place] as NonNullable<(typeof give)[string]>
    expect(() => given(at(name, sampleOf(key)))).not.toThrow()
    if (minimum !== null) expect(() => given(at(name, minimum - 1))).toThrow()
  })

  test('a default is shown as it is written', () => {
    expect([300_000, 1_500, 0].map((ms) => showDefault(ms, 'ms'))).toEqual(["'5m'", "'1500ms'", "'0ms'"])
    expect([showDefault(131_072, 'bytes'), showDefault('fail', null), showDefault(null, null)]).toEqual([
      '131072',
      "'fail'",
      'none',
    ])
  })
})
