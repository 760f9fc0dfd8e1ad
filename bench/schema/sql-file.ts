import { readFileSync } from 'node:fs'

export type Design = 'hot' | 'state'
export type Dialect = 'postgres' | 'sqlite'

export const designs: readonly Design[] = ['hot', 'state']

/** The named statements of one design: `-- name: x` opens each in `sql/<design>.<dialect>.sql` and `sql/shared.*`. */
export function statementsOf(design: Design, dialect: Dialect): (name: string) => string {
  const found = new Map([...sectionsOf(`shared.${dialect}`), ...sectionsOf(`${design}.${dialect}`)])
  return (name) => {
    const text = found.get(name)
    if (text === undefined) throw new Error(`No statement "${name}" for ${design} on ${dialect}.`)
    return text
  }
}

function sectionsOf(file: string): [string, string][] {
  const text = readFileSync(new URL(`./sql/${file}.sql`, import.meta.url), 'utf8')
  return text
    .split(/^-- name: /m)
    .slice(1)
    .map((section): [string, string] => {
      const end = section.indexOf('\n')
      return [section.slice(0, end).trim(), section.slice(end + 1).trim()]
    })
}
