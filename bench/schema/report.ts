export type Candidate = 'hot, PostgreSQL' | 'state, PostgreSQL' | 'hot, SQLite' | 'state, SQLite'

/** Collects figures, says each on stderr as it comes, and makes the Markdown tables of the decision record. */
export function createReport() {
  const figures = new Map<string, Map<string, string>>()
  const lists: { title: string; head: string[]; rows: string[][] }[] = []
  const start = performance.now()

  const say = (line: string) => {
    const seconds = ((performance.now() - start) / 1000).toFixed(0).padStart(4)
    process.stderr.write(`${seconds} s  ${line}\n`)
  }

  return {
    say,

    add(measure: string, candidate: Candidate, value: string): void {
      const row = figures.get(measure) ?? new Map<string, string>()
      row.set(candidate, value)
      figures.set(measure, row)
      say(`${candidate}: ${measure} = ${value}`)
    },

    addList(title: string, head: string[], rows: string[][]): void {
      lists.push({ title, head, rows })
      for (const row of rows) say(`${title}: ${row.join(' | ')}`)
    },

    markdown(notes: readonly string[]): string {
      const candidates = [...new Set([...figures.values()].flatMap((row) => [...row.keys()]))]
      const rows = [...figures].map(([measure, row]) => [measure, ...candidates.map((name) => row.get(name) ?? '–')])
      const parts = [notes.join('\n'), table(['', ...candidates], rows)]
      for (const list of lists) parts.push(`### ${list.title}\n\n${table(list.head, list.rows)}`)
      return `${parts.join('\n\n')}\n`
    },

    json: () => ({
      figures: Object.fromEntries([...figures].map(([measure, row]) => [measure, Object.fromEntries(row)])),
      lists,
    }),
  }
}

export type Report = ReturnType<typeof createReport>

export function perSecond(value: number): string {
  return `${(value / 1000).toFixed(1)}k/s`
}

export function milliseconds(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 1)} ms`
}

function table(head: readonly string[], rows: readonly string[][]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, n) => (n === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n')
}
