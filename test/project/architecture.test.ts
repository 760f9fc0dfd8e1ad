/** The rules of ARCHITECTURE.md that a machine can check. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
const src = join(root, 'src')

/** What each room may import, beside itself. `index` is the public surface at the top of `src/`. */
const mayImport: Record<string, readonly string[]> = {
  job: [],
  schedule: ['job'],
  kinds: ['job'],
  receiver: ['job'],
  storage: ['job', 'schedule'],
  engine: ['job', 'schedule', 'storage', 'kinds'],
  redis: ['job', 'storage'],
  index: ['job', 'schedule', 'storage', 'engine', 'kinds'],
  api: ['job', 'schedule', 'kinds'],
  client: ['api', 'job', 'index'],
  worker: ['job', 'storage', 'engine', 'api', 'client'],
  server: ['job', 'schedule', 'storage', 'engine', 'index', 'api'],
  testing: ['job', 'schedule', 'storage'],
  cli: ['job', 'schedule', 'storage', 'kinds', 'engine', 'index', 'api', 'client', 'worker', 'server'],
}

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file) && !file.includes('node_modules'))
    .map((file) => join(folder, file))

const sources = filesIn(src).filter((file) => !file.endsWith('.test.ts'))
const text = new Map(sources.map((file) => [file, readFileSync(file, 'utf8')]))
const name = (file: string) => relative(src, file)
const roomOf = (file: string) => (name(file).includes('/') ? (name(file).split('/')[0] as string) : 'index')

function importsOf(file: string): string[] {
  const found = (text.get(file) as string).matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)
  return [...found].map((match) => resolve(dirname(file), match[1] as string))
}

/** Those that a program loads, as they are written; types are gone by then. */
const valueImportsOf = (file: string): string[] =>
  [...(text.get(file) as string).matchAll(/^(?:import|export) (?!type\b)(?:[^;']*? from )?'([^']+)'/gm)].map(
    (match) => match[1] as string,
  )

/** All that a program gets which imports this file. */
function loadedBy(entry: string): { rooms: string[]; packages: string[] } {
  const loaded = new Set([join(src, entry)])
  const packages = new Set<string>()
  for (const file of loaded)
    for (const target of valueImportsOf(file))
      if (target.startsWith('.')) loaded.add(resolve(dirname(file), target))
      else packages.add(target)
  return { rooms: [...new Set([...loaded].map(roomOf))].sort(), packages: [...packages] }
}

const browserPackages = [
  '@orpc/client',
  '@orpc/contract',
  '@orpc/openapi-client/fetch',
  'fastest-levenshtein',
  'temporal-polyfill',
  'zod',
]

/** Strings and templates of a file, where SQL would stand; comments are left out. */
function literalsOf(code: string): string[] {
  const withoutComments = code.replace(/\/\*[\s\S]*?\*\/|(^|\s)\/\/.*$/gm, '')
  return [...withoutComments.matchAll(/'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|"(?:\\.|[^"\\\n])*"/g)].map(
    (match) => match[0],
  )
}

const sql = /\b(select\s[\s\S]+\sfrom\s|insert\s+into\s|delete\s+from\s|update\s+\S+\s+set\s|create\s+(table|index)\s)/i
const clock =
  /\bDate\.now\b|\bMath\.random\b|\bnew Date\(\)|\bset(Timeout|Interval|Immediate)\b|\bperformance\.now\b|\bqueueMicrotask\b/

describe('architecture', () => {
  test('every file stands in a known room', () => {
    expect(sources.length).toBeGreaterThan(30)
    expect(sources.filter((file) => !(roomOf(file) in mayImport)).map(name)).toEqual([])
  })

  test('dependencies point one way', () => {
    const upward = sources.flatMap((file) =>
      importsOf(file)
        .filter((target) => roomOf(target) !== roomOf(file) && !mayImport[roomOf(file)]?.includes(roomOf(target)))
        .map((target) => `${name(file)} → ${name(target)}`),
    )
    expect(upward).toEqual([])
  })

  test('the client loads nothing of Node and no code of the server: it runs in a browser', () => {
    const { rooms, packages } = loadedBy('client/index.ts')
    expect(packages.filter((one) => !browserPackages.includes(one))).toEqual([])
    expect(rooms).toEqual(['api', 'client', 'job', 'kinds', 'schedule'])
  })

  test('the receiver loads no package and nothing of Node: it runs wherever there is fetch', () => {
    const { rooms, packages } = loadedBy('receiver/index.ts')
    expect(packages).toEqual([])
    expect(rooms).toEqual(['job', 'receiver'])
  })

  test('the portal sees nothing of the repository but rota/client, and a screen only those of its own things', () => {
    const portal = join(root, 'portal/src')
    const seen = filesIn(portal).flatMap((file) =>
      [
        ...readFileSync(file, 'utf8')
          .replace(/`[^`]*`/g, '')
          .matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g),
      ].map(([, target = '']) => {
        const to = target.startsWith('.') ? relative(portal, resolve(dirname(file), target)) : target
        return { from: relative(portal, file), to }
      }),
    )
    expect(seen.length).toBeGreaterThan(100)
    const screenOf = (path: string) => /^screens\/([^/]+?)s?\//.exec(path)?.[1] ?? null // `jobs` and `job` belong together
    const wrong = seen.filter(({ from, to }) => {
      if (to.startsWith('..') || (to.startsWith('rota') && to !== 'rota/client')) return true
      return screenOf(to) !== null && screenOf(to) !== screenOf(from) && from !== 'router.tsx'
    })
    expect(wrong.map(({ from, to }) => `${from} → ${to}`)).toEqual([])
  })

  test('the portal never makes markup or code of a text', () => {
    const sinks =
      /dangerouslySetInnerHTML|\b(inner|outer)HTML\b|insertAdjacentHTML|document\.write|\beval\(|new Function|srcDoc/
    const files = filesIn(join(root, 'portal'))
    expect(files.filter((file) => sinks.test(readFileSync(file, 'utf8'))).map((file) => relative(root, file))).toEqual(
      [],
    )
  })

  test('every import leads to a file', () => {
    const missing = sources.flatMap((file) =>
      importsOf(file)
        .filter((target) => !text.has(target))
        .map((target) => `${name(file)} → ${name(target)}`),
    )
    expect(missing).toEqual([])
  })

  test('there is no import cycle', () => {
    expect(cycles()).toEqual([])
  })

  test('SQL stands only in storage/', () => {
    const outside = sources.filter(
      (file) => roomOf(file) !== 'storage' && literalsOf(text.get(file) as string).some((literal) => sql.test(literal)),
    )
    expect(outside.map(name)).toEqual([])
    const inside = sources.filter(
      (file) => roomOf(file) === 'storage' && literalsOf(text.get(file) as string).some((literal) => sql.test(literal)),
    )
    expect(inside.length).toBeGreaterThan(3) // the pattern does find SQL
  })

  test('clocks, chance and timers stand only in engine/runtime.ts, not in the rest of the engine nor in pure code', () => {
    const pure = sources.filter(
      (file) => ['job', 'schedule', 'engine'].includes(roomOf(file)) && name(file) !== 'engine/runtime.ts',
    )
    const used = pure.filter((file) => clock.test((text.get(file) as string).replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')))
    expect(used.map(name)).toEqual([])
    expect(clock.test(text.get(join(src, 'engine/runtime.ts')) as string)).toBe(true)
  })

  test('ARCHITECTURE.md names every file of the engine and of the shared SQL, and no other', () => {
    const page = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8')
    const told = new Set([...page.matchAll(/[a-z/-]+\.ts\b/g)].map(([path]) => path.split('/').at(-1)))
    const wanted = sources.map(name).filter((file) => /^(engine|storage\/sql)\//.test(file))
    const helpers = [
      'worker-options.ts',
      'options.ts',
      'runtime.ts',
      'stored-error.ts',
      'codes.ts',
      'database.ts',
      'records.ts',
      'migrate.ts',
    ]
    expect(
      wanted.filter((file) => !told.has(file.split('/').at(-1)) && !helpers.some((one) => file.endsWith(`/${one}`))),
    ).toEqual([])
    const known = new Set([...sources, ...filesIn(join(root, 'portal/src'))].map((file) => file.split('/').at(-1)))
    expect([...told].filter((file) => file !== 'test.ts' && !known.has(file))).toEqual([])
  })

  test('tests mock nothing', () => {
    const tests = ['src', 'test', 'bench']
      .flatMap((folder) => filesIn(join(root, folder)))
      .filter((file) => file.endsWith('.test.ts'))
    const calls =
      /\b(vi|jest|mock)\.(mock|fn|spyOn|stubGlobal|useFakeTimers|module|method)\(|from '(sinon|testdouble|nock)'/
    expect(tests.filter((file) => calls.test(readFileSync(file, 'utf8'))).map((file) => relative(root, file))).toEqual(
      [],
    )
  })
})

function cycles(): string[] {
  const found: string[] = []
  const done = new Set<string>()
  const visit = (file: string, path: readonly string[]) => {
    if (path.includes(file)) found.push([...path.slice(path.indexOf(file)), file].map(name).join(' → '))
    if (path.includes(file) || done.has(file)) return
    for (const target of importsOf(file)) visit(target, [...path, file])
    done.add(file)
  }
  for (const file of sources) visit(file, [])
  return found
}
