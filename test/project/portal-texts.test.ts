/** The texts of the portal: complete in each language, and none that is missing or left over. */
import { globSync, readFileSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

type Tree = { readonly [key: string]: string | Tree }

const folder = 'portal/src/texts'
const read = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Tree
const flat = (tree: Tree, path = ''): [string, string][] =>
  Object.entries(tree).flatMap(([key, value]): [string, string][] =>
    typeof value === 'string' ? [[path + key, value]] : flat(value, `${path}${key}.`),
  )
const names = globSync(`${folder}/en/*.json`).map((file) => basename(file, '.json'))
const texts = new Map(names.map((name) => [name, new Map(flat(read(`${folder}/en/${name}.json`)))]))
/** A text that counts has a form for one and for others. */
const withoutForm = (key: string) => key.replace(/_(one|other|zero)$/, '')
const keysOf = (name: string) => new Set([...(texts.get(name)?.keys() ?? [])].map(withoutForm))
const placeholders = (text: string) => [...new Set(text.match(/\{\{[^}]+\}\}/g))].sort()

interface Use {
  readonly file: string
  /** Where `t` looks first. */
  readonly screens: readonly string[]
  readonly keys: readonly string[]
  /** Beginnings of keys that are put together: t(`state.${state}`). */
  readonly beginnings: readonly string[]
}

const uses: readonly Use[] = globSync('portal/src/**/*.{ts,tsx}').map((file) => {
  const code = readFileSync(file, 'utf8')
  const all = (pattern: RegExp) => [...code.matchAll(pattern)].map(([, found = '']) => found)
  return {
    file,
    screens: all(/useTexts\('([\w-]+)'\)/g),
    keys: all(/\bt\(\s*'([^']+)'/g),
    beginnings: all(/\bt\(\s*`([^`$]*)\$\{/g),
  }
})

test.each(names)('%s says the same in Chinese as in English', (name) => {
  const own = texts.get(name) as Map<string, string>
  const other = new Map(flat(read(`${folder}/zh-CN/${name}.json`)))
  expect([...new Set([...other.keys()].map(withoutForm))].sort()).toEqual([...keysOf(name)].sort())
  for (const [key, text] of other) {
    const english = own.get(key) ?? own.get(`${withoutForm(key)}_other`) ?? ''
    // One thing may be told without its number, and Chinese has one form for any number.
    const others = [english, own.get(`${withoutForm(key)}_one`) ?? '', own.get(`${withoutForm(key)}_other`) ?? '']
    const known = new Set([...others.flatMap(placeholders), '{{count}}'])
    expect([key, placeholders(text).filter((one) => !known.has(one))]).toEqual([key, []])
    const isCounted = key !== withoutForm(key)
    if (!isCounted) expect([key, placeholders(text)]).toEqual([key, placeholders(english)])
  }
})

describe('each text that is asked for is there', () => {
  test.each(uses.filter(({ keys }) => keys.length > 0))('$file', ({ keys, screens }) => {
    const places = screens.length > 0 ? [...screens, 'common'] : names
    const missing = keys.filter((key) => !places.some((place) => keysOf(place).has(key)))
    expect(missing).toEqual([])
  })
})

test('none is left over', () => {
  const code = globSync('portal/src/**/*.{ts,tsx}')
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n')
  const beginnings = uses.flatMap((use) => use.beginnings).filter((one) => one !== '')
  const idle = names.flatMap((name) =>
    [...keysOf(name)]
      .filter((key) => !code.includes(`'${key}'`) && !beginnings.some((one) => key.startsWith(one)))
      .map((key) => `${name}: ${key}`),
  )
  expect(idle).toEqual([])
})

describe('a screen comes with the texts of everything on it', () => {
  // Others come with the frame, or behind a Suspense of their own.
  const withFrame = ['common', 'shell']
  const router = readFileSync('portal/src/router.tsx', 'utf8')
  const routes = [
    ...router.matchAll(/\b(?:screen|outside)\('([^']+)', \(\) => import\('([^']+)'\)((?:, '[\w-]+')*)\)/g),
  ]
  const usesOf = new Map(
    uses.filter(({ file }) => !file.endsWith('lib/texts.ts')).map((use) => [resolve(use.file), use.screens]), // which has an example
  )

  test('the routes are found', () => expect(routes.length).toBeGreaterThan(15))

  test.each(routes.map(([, path = '', file = '', listed = '']) => ({ path, file, listed })))('$path', (route) => {
    const seen = new Set<string>()
    const follow = (file: string): void => {
      if (seen.has(file) || !usesOf.has(file)) return
      seen.add(file)
      for (const [, target = ''] of readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g))
        follow(resolve(dirname(file), target))
    }
    follow(resolve('portal/src', route.file))
    expect(seen.size).toBeGreaterThan(3)
    const asked = new Set([...seen].flatMap((file) => usesOf.get(file) ?? []))
    const listed = [...route.listed.matchAll(/'([\w-]+)'/g)].map(([, name]) => name)
    expect(listed.toSorted()).toEqual([...asked].filter((name) => !withFrame.includes(name)).sort())
  })
})
