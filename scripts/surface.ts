/**
 * The public surface as the compiler sees it: every name that an entry of the package exports, its signature as it stands in
 * the source, its members and doc comments. By the API of TypeScript 7, which is called unstable: typescript is pinned.
 */
import { fileURLToPath } from 'node:url'
import { SyntaxKind } from 'typescript/unstable/ast'
import { API, type Checker, type Symbol as Name, type Project, SymbolFlags } from 'typescript/unstable/sync'
import { type Doc, parseDoc } from './doc-comment.ts'

export interface Member {
  readonly name: string
  readonly signature: string
  readonly doc: Doc
  /** Of an object that is written down in place. */
  readonly members: readonly Member[]
}

export interface Exported extends Member {
  readonly kind: 'function' | 'class' | 'interface' | 'type' | 'value'
}

export interface Entry {
  /** As it is imported: `rota/sqlite`. */
  readonly name: string
  readonly doc: Doc
  readonly exports: readonly Exported[]
}

/** What is used here of a syntax node. */
interface Node {
  readonly kind: SyntaxKind
  readonly name?: Node
  readonly type?: Node
  readonly body?: Node
  readonly members?: readonly Node[]
  readonly modifiers?: readonly Node[]
  readonly jsDoc?: readonly Node[]
  getText(): string
  getStart(): number
  getEnd(): number
  getSourceFile(): { readonly text: string }
}

const root = new URL('../', import.meta.url)
const path = (file: string) => fileURLToPath(new URL(file, root))

/** @param entries source file by the name under which it is imported */
export function readSurface(entries: Readonly<Record<string, string>>): Entry[] {
  const api = new API({ cwd: path('.') })
  try {
    const project = api.updateSnapshot({ openProject: path('tsconfig.build.json') }).getProjects()[0] as Project
    return Object.entries(entries).map(([name, file]) => readEntry(project, name, path(file)))
  } finally {
    api.close()
  }
}

function readEntry(project: Project, name: string, file: string): Entry {
  const { program, checker } = project
  const source = program.getSourceFile(file)
  const module = source && checker.getSymbolAtLocation(source)
  if (source === undefined || module === undefined) throw new Error(`${file} is no module of tsconfig.build.json.`)
  const doc = parseDoc(/^\/\*\*[\s\S]*?\*\//.exec(source.text)?.[0])
  const exports = checker.getExportsOfModule(module).map((symbol) => readExport(project, symbol))
  return { name, doc, exports: exports.sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1)) }
}

const rank = ({ kind }: Exported): number => ['function', 'class', 'interface', 'type', 'value'].indexOf(kind)

const kinds: Partial<Record<SyntaxKind, Exported['kind']>> = {
  [SyntaxKind.FunctionDeclaration]: 'function',
  [SyntaxKind.ClassDeclaration]: 'class',
  [SyntaxKind.InterfaceDeclaration]: 'interface',
  [SyntaxKind.TypeAliasDeclaration]: 'type',
  [SyntaxKind.VariableDeclaration]: 'value',
}

function readExport(project: Project, symbol: Name): Exported {
  const { checker } = project
  const aliased = symbol.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
  const node = aliased.declarations[0]?.resolve(project) as unknown as Node
  const kind = kinds[node.kind] ?? 'value'
  const doc = parseDoc(node.jsDoc?.at(-1)?.getText() ?? commentBefore(node))
  const members = node.members ?? (node.type?.kind === SyntaxKind.TypeLiteral ? node.type.members : undefined) ?? []
  return {
    name: symbol.name,
    kind,
    signature: signatureOf(checker, node, kind, aliased),
    doc,
    members: overloadsAsOne(members.filter(isPublic))
      .map((nodes) => readOverloads(checker, nodes))
      .filter((one) => !one.doc.internal),
  }
}

/** The comment of `export const` belongs to the statement around the name. */
function commentBefore(node: Node): string | undefined {
  const before = node.getSourceFile().text.slice(0, node.getStart())
  return /(\/\*\*(?:(?!\*\/)[\s\S])*\*\/)\s*export const $/.exec(before)?.[1]
}

const isPublic = ({ name, modifiers = [], kind }: Node): boolean =>
  kind !== SyntaxKind.Constructor &&
  name !== undefined &&
  !/^[#[]/.test(name.getText()) &&
  !modifiers.some((modifier) => [SyntaxKind.PrivateKeyword, SyntaxKind.StaticKeyword].includes(modifier.kind))

/** The overloads of a method, without the body behind them, which nobody can call. */
function overloadsAsOne(members: readonly Node[]): readonly (readonly [Node, ...Node[]])[] {
  const groups = Map.groupBy(members, ({ name }) => (name as Node).getText())
  return [...groups.values()].map((nodes) => {
    const bare = nodes.filter(({ body }) => body === undefined)
    const callable = nodes.length > 1 && bare.length > 0 && bare.length < nodes.length ? bare : nodes
    return callable as readonly Node[] as readonly [Node, ...Node[]]
  })
}

/** One comment is enough for all of them. */
function readOverloads(checker: Checker, nodes: readonly [Node, ...Node[]]): Member {
  const [first, ...others] = nodes.map((node) => readMember(checker, node)) as [Member, ...Member[]]
  return { ...first, signature: [first, ...others].map(({ signature }) => signature).join('\n') }
}

function readMember(checker: Checker, node: Node): Member {
  const literal = node.type?.kind === SyntaxKind.TypeLiteral ? node.type : undefined
  const inner = literal?.members?.some((member) => member.jsDoc !== undefined) ? literal.members : []
  const name = (node.name as Node).getText().replace(/^'|'$/g, '')
  const typed = node.body !== undefined || node.type !== undefined
  const symbol = typed ? undefined : checker.getSymbolAtLocation(node.name as never)
  const type = symbol && checker.getTypeOfSymbol(symbol)
  return {
    name,
    signature:
      inner.length > 0
        ? textBetween(node, node.getStart(), literal?.getStart() as number).concat('{ … }')
        : type
          ? `readonly ${name}: ${checker.typeToString(type).replaceAll('"', "'")}`
          : declared(node),
    doc: parseDoc(node.jsDoc?.at(-1)?.getText()),
    members: inner.map((member) => readMember(checker, member)),
  }
}

/** Without the body, and without words that say nothing to who calls. */
const declared = (node: Node): string =>
  textBetween(node, node.getStart(), node.body?.getStart() ?? node.getEnd())
    .replace(/^(export |async |override )+/, '')
    .replace(/[;\s]+$/, '')

/** Without comments, and as far to the left as its first line. */
function textBetween(node: Node, from: number, to: number): string {
  const source = node.getSourceFile().text
  const indent = /[ ]*$/.exec(source.slice(0, from))?.[0] ?? ''
  const text = source.slice(from, to).replace(/\/\*[\s\S]*?\*\/\s*/g, '')
  return text.replaceAll(`\n${indent}`, '\n')
}

/** Beyond this a type is a table of its own. */
const longest = 600
/** `NoTruncation` and `InTypeAlias` of the compiler: show what the name stands for. */
const whole = 1 | 8_388_608

function signatureOf(checker: Checker, node: Node, kind: Exported['kind'], symbol: Name): string {
  if (kind === 'function') return declared(node)
  if (kind === 'value') return `const ${symbol.name}: { … }`
  if (kind === 'type') {
    const text = declared(node)
    if (!/typeof|keyof/.test(text)) return text
    const type = checker.typeToString(checker.getDeclaredTypeOfSymbol(symbol), undefined, whole)
    return type.length > longest ? text : `type ${symbol.name} = ${type.replaceAll('"', "'")}`
  }
  const text = textBetween(node, node.getStart(), node.getEnd())
  return text
    .slice(0, text.indexOf('{'))
    .replace(/^export /, '')
    .trim()
}
