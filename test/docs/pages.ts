/**
 * The samples of the documentation as programs. What a page says about them stands in HTML comments before a block,
 * which readers do not see:
 *
 * - The `ts` blocks of a page are one program, in order; so are its `js` blocks. `<!-- snippet: alone -->` begins another.
 * - A block that begins with `// jobs.ts` is that file, for the others to import.
 * - `console.log(x) // → …` tells the output. All output is told; `…` stands for anything, blanks for any white space.
 * - `<!-- snippet: hidden` + code + `-->` is code that readers need not see; `hidden jobs.ts` is such a file.
 * - `<!-- snippet: needs postgres -->`: the program gets a real PostgreSQL in `DATABASE_URL`.
 * - `<!-- snippet: skip-run, why -->`: the compiler checks the block, nobody runs it.
 * - A `ts signature` of the reference is a declaration without its body; it is taken from the source and not run.
 * - `<!-- snippet: run -->` before an `sh` block: its commands are run after the program, in the same folder.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'

export const root = resolve(import.meta.dirname, '../..')

export interface Program {
  /** Path of the page, from the root. */
  readonly page: string
  readonly language: 'ts' | 'js'
  /** Line of the first block. */
  readonly line: number
  /** The code, on the lines on which it stands in the page. */
  readonly lines: string[]
  readonly imports: string[]
  /** What it prints. */
  readonly output: string[]
  readonly needs: Set<string>
}

export interface ShellBlock {
  readonly page: string
  readonly line: number
  readonly text: string
  readonly run: boolean
}

export interface Page {
  readonly path: string
  readonly programs: readonly Program[]
  /** Files that programs import, by name. */
  readonly files: ReadonlyMap<string, Program>
  readonly shell: readonly ShellBlock[]
  /** What the page says wrongly about its blocks. */
  readonly mistakes: readonly string[]
}

const languages = ['', 'ts', 'js', 'sh', 'json', 'mermaid', 'sql', 'text']

export const pagePaths = (): string[] => [
  'README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => relative(root, join(root, 'docs', file)))
    .sort(),
]

export const readPage = (path: string): Page => parsePage(path, readFileSync(join(root, path), 'utf8'))

export function parsePage(path: string, text: string): Page {
  const programs: Program[] = []
  const files = new Map<string, Program>()
  const shell: ShellBlock[] = []
  const mistakes: string[] = []
  let said: string[] = []

  const newProgram = (language: 'ts' | 'js', line: number): Program => ({
    page: path,
    language,
    line,
    lines: [],
    imports: [],
    output: [],
    needs: new Set(),
  })
  const programFor = (language: 'ts' | 'js', line: number): Program => {
    const last = programs.findLast((program) => program.language === language)
    if (last !== undefined && !said.includes('alone')) return last
    const program = newProgram(language, line)
    programs.push(program)
    return program
  }
  const place = (language: 'ts' | 'js', code: string, line: number, named?: string) => {
    const name = named ?? /^\/\/ ([\w./-]+\.[tj]s)\n/.exec(code)?.[1]
    const program = name === undefined ? programFor(language, line) : newProgram(language, line)
    if (name !== undefined) files.set(name, program)
    addCode(program, code, line, said)
  }

  for (const { line, comment, language, code } of piecesOf(text)) {
    if (comment !== undefined) {
      const hidden = /^hidden(?: ([\w./-]+\.ts))?\n([\s\S]*)$/.exec(comment)
      if (hidden) place('ts', hidden[2] as string, line + 1, hidden[1])
      else if (isKnown(comment)) said.push(comment)
      else mistakes.push(`${path}:${line}: "snippet: ${comment}" means nothing.`)
      if (hidden) said = []
      continue
    }
    if (code !== undefined && language !== undefined) {
      const isSignature = language === 'ts signature' && path.startsWith('docs/reference/')
      if (!languages.includes(language) && !isSignature)
        mistakes.push(`${path}:${line - 1}: write one of${languages.join(' ')}.`)
      if (language === 'ts' || language === 'js') place(language, code, line)
      if (language === 'sh') shell.push({ page: path, line, text: code, run: said.includes('run') })
      if (language === '') {
        for (const [, command] of code.matchAll(/^\s*\$ (rota .*)$/gm))
          shell.push({ page: path, line, text: command as string, run: false })
      }
    }
    said = []
  }
  return { path, programs, files, shell, mistakes }
}

const isKnown = (comment: string) =>
  ['alone', 'needs postgres', 'run'].includes(comment) || /^skip-run, \S.{5,}/.test(comment)

interface Piece {
  /** Of the code, or of the comment. */
  readonly line: number
  readonly comment?: string
  readonly language?: string
  readonly code?: string
}

/** Comments about snippets, blocks, and as an empty piece whatever else stands between them. */
function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = []
  const pattern = /<!-- snippet: ([\s\S]*?) ?-->|^[ \t]*```(\w*)([^\n]*)\n([\s\S]*?)^[ \t]*```[ \t]*$|\S+/gm
  for (const match of text.matchAll(pattern)) {
    const line = text.slice(0, match.index).split('\n').length
    const [, comment, language, more, code] = match
    if (comment !== undefined) pieces.push({ line, comment })
    else if (code !== undefined && language !== undefined)
      pieces.push({ line: line + 1, language: (language + more).trimEnd(), code })
    else if (pieces.length > 0 && pieces.at(-1)?.comment !== undefined) pieces.push({ line })
  }
  return pieces
}

function addCode(program: Program, code: string, line: number, said: readonly string[]): void {
  const { lines, imports, output, needs } = program
  const skipped = said.some((one) => one.startsWith('skip-run'))
  if (said.includes('needs postgres')) needs.add('postgres')
  const body = code.replace(/^import\s[^;'"]*?(from\s+)?'[^']+'/gm, (statement) => {
    imports.push(statement.replace(/\s+/g, ' '))
    return statement.replace(/[^\n]/g, '')
  })
  for (const [i, one] of body.split('\n').entries()) {
    lines[line + i] = one
    const told = /\/\/ → (.*)$/.exec(one)?.[1]
    if (told !== undefined && !skipped) output.push(told)
  }
  if (!skipped) return
  lines[line - 1] = `void (async () => {`
  lines[line + body.split('\n').length - 1] = '})'
}

/** The program as a file whose line numbers are those of the page. */
export function sourceOf({ imports, lines }: Program): string {
  return [mergeImports(imports), ...Array.from({ length: lines.length - 2 }, (_, i) => lines[i + 2] ?? '')].join('\n')
}

/** Blocks repeat their imports, a program may not. */
function mergeImports(imports: readonly string[]): string {
  const names = new Map<string, Set<string>>()
  const others = new Set<string>()
  for (const statement of imports) {
    const [, list, module] = /^import \{(.*)\} from '([^']+)'$/.exec(statement) ?? []
    if (list === undefined || module === undefined) others.add(statement)
    else {
      const known = names.get(module) ?? new Set()
      for (const name of list.split(',').map((one) => one.trim())) if (name !== '') known.add(name)
      names.set(module, known)
    }
  }
  return [...others, ...[...names].map(([module, list]) => `import { ${[...list].join(', ')} } from '${module}'`)].join(
    '; ',
  )
}
