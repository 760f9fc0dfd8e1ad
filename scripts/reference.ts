/** The pages of `docs/reference/`, from the doc comments of everything that is exported. */
import { readFileSync } from 'node:fs'
import { sourcesByName } from '../test/docs/sources.ts'
import type { Doc } from './doc-comment.ts'
import { type Entry, type Exported, type Member, readSurface } from './surface.ts'

const packageJson = readFileSync(new URL('../package.json', import.meta.url), 'utf8')

export const readReference = (): Entry[] => readSurface(Object.fromEntries(sourcesByName(packageJson)))

export const fileOf = (entry: string): string => `docs/reference/${entry.replace('/', '-')}.md`

export function referencePages(entries: readonly Entry[]): Record<string, string> {
  return Object.fromEntries(entries.map((entry) => [fileOf(entry.name), pageOf(entry, entries[0] as Entry)]))
}

/**
 * Every name and member without a word of explanation. One comment is enough for the overloads of a method. The records of
 * the storage contract are for who writes a storage: their fields may speak for themselves.
 */
export function undocumented(entries: readonly Entry[]): string[] {
  const isBare = ({ doc }: Member) => Object.values(doc).every((said) => said === null || said.length === 0 || !said)
  const of = (members: readonly Member[], above: string, deep: boolean): string[] =>
    members.flatMap((member) => {
      const bare = members.every((one) => one.name !== member.name || isBare(one))
      const name = above + member.name
      return [...(bare ? [name] : []), ...(deep ? of(member.members, `${name}.`, deep) : [])]
    })
  return entries.flatMap(({ name, exports }) => of(exports, `${name}: `, name !== 'rota/testing'))
}

function pageOf(entry: Entry, main: Entry): string {
  const elsewhere = new Set(entry === main ? [] : main.exports.map(({ name }) => name))
  const own = entry.exports.filter(({ name }) => !elsewhere.has(name))
  const shared = entry.exports.filter(({ name }) => elsewhere.has(name))
  const links = own.map(({ name }) => `[${name}](#${name.toLowerCase()})`).join(' · ')
  return `# \`${entry.name}\`

${textOf(entry.doc)}
This page is made from the doc comments by \`npm run docs\`.

${links}
${shared.length > 0 ? `\nAs in [\`rota\`](rota.md): ${shared.map(({ name }) => `[${name}](rota.md#${name.toLowerCase()})`).join(' · ')}\n` : ''}
${own.map((one) => sectionOf(one, entry, main)).join('\n')}`
}

function sectionOf(one: Exported, entry: Entry, main: Entry): string {
  const parts = [`## ${one.name}`, textOf(one.doc)]
  if (!['interface', 'class'].includes(one.kind) || /[<]|extends|implements/.test(one.signature))
    parts.push(signature(one.signature))
  parts.push(factsOf(one.doc), exampleOf(one.doc, entry, main))
  if (one.kind === 'class') parts.push(...one.members.map((member) => methodOf(one, member, entry, main)))
  else parts.push(one.members.map((member) => itemOf(member)).join('\n'))
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

function methodOf(one: Exported, member: Member, entry: Entry, main: Entry): string {
  const parts = [
    `### ${one.name}.${member.name}`,
    textOf(member.doc),
    signature(member.signature),
    factsOf(member.doc),
    exampleOf(member.doc, entry, main),
  ]
  return parts.filter((part) => part !== '').join('\n\n')
}

function itemOf({ signature, doc, members }: Member, indent = ''): string {
  const said = [textOf(doc).replace(/\n+(?![-|])/g, ' '), ...facts(doc)].filter((part) => part !== '').join(' ')
  const flat = onOneLine(signature).replace(/^readonly /, '')
  const lines = `${indent}- \`${flat}\`${said === '' ? '' : `: ${said.replaceAll('\n', `\n${indent}  `)}`}`
  return [lines, ...members.map((below) => itemOf(below, `${indent}  `))].join('\n')
}

/** As the formatter would write it, had it the room. `check` is the name of a module here. */
const onOneLine = (text: string): string =>
  text
    .replace(/([^\s{(,;|&<>=?:])\n\s*(?=\w)/g, '$1; ')
    .replace(/\s+/g, ' ')
    .replace(/\( /g, '(')
    .replace(/,? \)/g, ')')
    .replace(/\bcheck\./g, '')

const signature = (text: string): string => `\`\`\`ts signature\n${text}\n\`\`\``

const textOf = ({ text }: Doc): string => text

const facts = (doc: Doc): string[] => [
  ...defaultOf(doc),
  ...(doc.throws === null ? [] : [`Throws ${doc.throws.replace(/\.$/, '')}.`]),
]

const defaultOf = (one: { readonly default: string | null }): string[] =>
  one.default === null ? [] : [`Default: ${coded(one.default).replace(/\.$/, '')}.`]

/** A value stands in code, a sentence does not. */
const coded = (value: string): string => value.replace(/^('[^']*'|\{[^}]*\}|-?[\d_]+|true|false)(?=$|[,;. ])/, '`$1`')

function factsOf(doc: Doc): string {
  const params = doc.params.map((param) => {
    const [, name, means] = /^(\S+) ?(.*)$/.exec(param.text) as unknown as [string, string, string]
    const said = [...(means === '' ? [] : [`${means.replace(/\.$/, '')}.`]), ...defaultOf(param)].join(' ')
    return `- \`${name}\`: ${said}`
  })
  return [params.join('\n'), ...facts(doc)].filter((part) => part !== '').join('\n\n')
}

/** Calls whose examples are compiled only. */
const notRun = { storageConformance: 'it registers tests', createClient: 'it needs a server at this address' }

/** With what the example takes for granted, in a comment that readers do not see, so that it compiles and runs. */
function exampleOf({ example }: Doc, entry: Entry, main: Entry): string {
  if (example === null) return ''
  const hidden = preludeOf(example, entry, main)
  const why = Object.entries(notRun).find(([call]) => example.includes(`${call}(`))?.[1]
  const skip = why === undefined ? '' : `<!-- snippet: skip-run, ${why} -->\n`
  const before = hidden === '' ? '' : `<!-- snippet: hidden\n${hidden}\n-->\n`
  return `<!-- snippet: alone -->\n${before}${skip}\`\`\`ts\n${example}\n\`\`\``
}

function preludeOf(example: string, entry: Entry, main: Entry): string {
  const code = example.replace(/'[^'\n]*'|`[^`]*`|\/\/.*/g, '')
  const uses = (name: string) => new RegExp(`\\b${name}\\b`).test(code)
  const makes = (name: string) => new RegExp(`(const|let|using|import.*) (\\{[^}=]*)?${name}\\b`).test(code)
  const lacks = (name: string) => uses(name) && !makes(name)
  const lines: string[] = []
  const needsRota = lacks('rota')
  const jobs = Object.keys(jobsOfExamples).filter((name) => lacks(name) || (needsRota && name === 'sendWelcome'))
  const needsJob = jobs.length > 0
  const imports = (from: Entry, also: readonly string[]) => {
    const names = from.exports.map(({ name }) => name).filter((name) => also.includes(name) || lacks(name))
    const typed = names.map((name) =>
      from.exports.some((one) => one.name === name && ['interface', 'type'].includes(one.kind)) ? `type ${name}` : name,
    )
    if (names.length > 0) lines.push(`import { ${typed.join(', ')} } from '${from.name}'`)
  }
  imports(main, [...(needsJob ? ['defineJob', 'type'] : []), ...(needsRota ? ['createRota'] : [])])
  if (entry !== main) imports({ ...entry, exports: entry.exports.filter(({ name }) => !has(main, name)) }, [])
  for (const [name, statement] of Object.entries(others))
    if (lacks(name) && !(has(entry, name) || has(main, name))) lines.push(statement)
  for (const name of jobs) lines.push(`const ${name} = defineJob({ ${jobsOfExamples[name]} })`)
  if (needsRota) {
    const storage = /'sales'/.test(example)
      ? "clusters: { default: 'sqlite::memory:', sales: 'sqlite::memory:' }"
      : "storage: 'sqlite::memory:'"
    lines.push(`await using rota = createRota({ ${storage}, jobs: [${jobs.join(', ')}] })`)
    if (/rota\.result/.test(code)) lines.push('await rota.start()')
    if (/'daily-report'/.test(example))
      lines.push(
        "await rota.schedules.put({ id: 'daily-report', job: sendWelcome, input: { name: 'Ada' }, when: 'every day at 9am' })",
      )
    if (lacks('id')) lines.push("const { id } = await rota.enqueue(sendWelcome, { name: 'Ada' })")
  }
  return lines.join('\n')
}

/** Jobs that examples take for granted. */
const jobsOfExamples: Readonly<Record<string, string>> = {
  sendWelcome: "id: 'send-welcome', input: type<{ name: string }>(), run: ({ name }) => ({ greeted: name })",
  charge: "id: 'charge', input: type<{ amount: number }>(), run: ({ amount }) => amount",
  ship: "id: 'ship', input: type<{ to: string }>(), run: ({ to }) => 'sent to ' + to",
  cleanup: "id: 'cleanup', run: () => {}",
  sync: "id: 'sync', run: () => {}",
  renew: "id: 'renew', input: type<{ sub: string }>(), run: ({ sub }) => sub",
  tell: "id: 'tell', input: type<{ to: string }>(), run: ({ to }) => 'told ' + to",
}

/** What an example may use beside Rota. */
const others: Readonly<Record<string, string>> = {
  pg: "import pg from 'pg'",
  Mailer: 'class Mailer { constructor(_url?: string) {} send(_name: string): void {} }',
  Trace: 'class Trace { constructor(_id: string) {} }',
  url: "const url = 'smtp://mail.example'",
  sqlite: "import { sqlite } from 'rota/sqlite'",
  mkdtemp: "import { mkdtemp, rm } from 'node:fs/promises'",
  join: "import { dirname, join } from 'node:path'",
  tmpdir: "import { tmpdir } from 'node:os'",
}

const has = ({ exports }: Entry, name: string): boolean => exports.some((one) => one.name === name)
