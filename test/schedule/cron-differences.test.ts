/** Where the libraries say something else: around every kind of change of a clock, and in a table with a reason for each class. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseCron } from '../../src/schedule/cron/cron.ts'
import { root } from '../docs/pages.ts'
import { expressionsAround } from './around.ts'
import { compare, instants, ourAnswer } from './compare.ts'
import type { Difference, Question } from './difference.ts'
import { differencesOf, oracleAnswer } from './explain.ts'
import { croner, cronParser, isRefused, type Library } from './libraries.ts'
import { distinctTransitions, shapeOf, type Transition } from './transitions.ts'

const libraries = [croner, cronParser]

/** Some changes of each kind: the time of the day and by how much the clock changes are what matters. */
function someOfEachShape(): Transition[] {
  const shapes = new Map<string, Transition[]>()
  for (const change of distinctTransitions()) {
    const shape = shapes.get(shapeOf(change)) ?? []
    shapes.set(shapeOf(change), shape)
    if (!shape.some(({ zone }) => zone === change.zone) && shape.length < 2) shape.push(change)
  }
  return [...shapes.values()].flat()
}

test('around changes of the clock the libraries agree, or we know why', { timeout: 180_000 }, () => {
  const changes = someOfEachShape()
  expect(changes.length).toBeGreaterThan(50)
  const unexplained = changes.flatMap((change) =>
    expressionsAround(change).flatMap((expression) => {
      const question = { expression, zone: change.zone, from: (change.at - 7_200) * 1e3, count: 3 }
      const ours = ourAnswer(question)
      return libraries.flatMap((library) => compare(library, question, ours).unexplained ?? [])
    }),
  )
  expect(unexplained).toEqual([])
})

const questionOf = ({ example }: Difference): Question => ({
  expression: example.expression,
  zone: example.zone ?? 'UTC',
  from: Date.parse(example.from),
  count: 2,
})

test.for(libraries.flatMap((library) => differencesOf[library.name].map((way) => ({ library, way }))))(
  '$library.name: $way.name',
  ({ library, way }) => {
    const question = questionOf(way)
    const ours = ourAnswer(question)
    expect(ours).toEqual(oracleAnswer(question))
    expect(compare(library, question, ours).because.map(({ name }) => name)).toEqual([way.name])
  },
)

test('an answer that nothing explains is told', () => {
  const question = { expression: '0 9 * * 1-5', zone: 'Europe/Rome', from: Date.UTC(2027, 0, 1), count: 2 }
  const lazy: Library = {
    name: 'croner',
    next: (...args) => (croner.next(...args) as number[]).map((at) => at + 60_000),
  }
  expect(compare(croner, question, ourAnswer(question)).unexplained).toBeNull()
  expect(compare(lazy, question, ourAnswer(question)).unexplained).toContain('croner: 0 9 * * 1-5 in Europe/Rome')
})

test('docs/guides/cron-differences.md has all of them (vitest -u writes it)', async () => {
  const tables = libraries.map((library) => `## ${library.name}\n\n${table(library)}`)
  const page = `${introduction}\n${tables.join('\n\n')}\n`
  await expect(page).toMatchFileSnapshot(join(root, 'docs/guides/cron-differences.md'))
})

test('the examples of docs/guides/cron.md are told as they are', () => {
  const page = readFileSync(join(root, 'docs/guides/cron.md'), 'utf8')
  const rows = [...page.slice(page.indexOf('## Examples')).matchAll(/^\| `(.+)` \| (.+) \|$/gm)]
  expect(rows.length).toBeGreaterThan(15)
  for (const [, expression, text] of rows) expect(parseCron(expression as string).describe()).toBe(text)
})

const introduction = `# Cron in other libraries

What croner and cron-parser, the libraries most used in Node, say otherwise than Rota about the same expression: all that was
found with 100 000 expressions by chance and around every kind of change of a clock from 2000 to 2039. In each case Rota says
what an [oracle](../../test/schedule/oracle.ts) of its own says that walks the calendar day by day. A test fails on a
disagreement that is not of one of these kinds; this page is written by \`test/schedule/cron-differences.test.ts\`.

Two answers follow each example: what comes after the instant, in UTC. How Rota reads an expression is told in [Cron](cron.md).
`

function table(library: Library): string {
  const rows = differencesOf[library.name].map((way) => {
    const question = questionOf(way)
    const { expression, zone, from } = question
    const theirs = library.next(expression, zone, from, question.count)
    const cells = [
      `\`${expression}\``,
      `${zone}, ${instants([from])}`,
      isRefused(theirs) ? 'refused' : instants(theirs),
      instants(ourAnswer(question)),
      `**${way.name[0]?.toUpperCase()}${way.name.slice(1)}.** ${way.why}`,
    ]
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  })
  return ['| expression | zone and instant | theirs | Rota | why |', '| --- | --- | --- | --- | --- |', ...rows].join(
    '\n',
  )
}
