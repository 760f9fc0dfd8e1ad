/** The reference has every name that is exported, with a word about each. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { parseDoc } from '../../scripts/doc-comment.ts'
import { fileOf, readReference, undocumented } from '../../scripts/reference.ts'
import type { Entry } from '../../scripts/surface.ts'
import { root } from './pages.ts'

let entries: Entry[]
beforeAll(() => {
  entries = readReference()
})

test('every name that a module exports stands in its page, or in that of `rota`', async () => {
  expect(entries.map(({ name }) => name)).toEqual([
    'rota',
    'rota/sqlite',
    'rota/postgres',
    'rota/redis',
    'rota/server',
    'rota/client',
    'rota/worker',
    'rota/receiver',
    'rota/testing',
  ])
  const main = readFileSync(join(root, fileOf('rota')), 'utf8')
  for (const { name, exports } of entries) {
    const page = readFileSync(join(root, fileOf(name)), 'utf8')
    const missing = exports.filter((one) => ![page, main].some((text) => text.includes(`\n## ${one.name}\n`)))
    expect(missing.map((one) => one.name)).toEqual([])
  }
  const values = Object.keys(await import('../../src/index.ts'))
  expect(entries[0]?.exports.map((one) => one.name)).toEqual(expect.arrayContaining(values))
})

test('every public name and member is explained', () => {
  expect(undocumented(entries)).toEqual([])
})

test('a name without a word is found', () => {
  const [entry] = entries as [Entry]
  const bare = { ...entry.exports[0], name: 'bare', doc: parseDoc(undefined), members: [] } as Entry['exports'][0]
  expect(undocumented([{ ...entry, exports: [bare] }])).toEqual(['rota: bare'])
})

describe('a doc comment', () => {
  test('is read with its tags, on lines of their own or not', () => {
    const doc = parseDoc(`/**
   * How long. At least 1 ms. @default '5m'
   *
   * @param wait how long to wait; @default for ever
   * @throws RotaError \`option_invalid\`,
   * or another
   * @example
   * const a = {
   *   b: 1,
   * }
   */`)
    expect(doc).toMatchObject({
      text: 'How long. At least 1 ms.',
      params: [{ text: 'wait how long to wait', default: 'for ever' }],
      default: "'5m'",
      throws: 'RotaError `option_invalid`, or another',
      example: 'const a = {\n  b: 1,\n}',
    })
  })
})
