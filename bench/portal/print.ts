/** Tables as Markdown has them, and under which conditions figures came about. */
import { execFileSync } from 'node:child_process'
import { cpus, loadavg, totalmem } from 'node:os'
import type { Browser } from 'playwright-core'
import { postgresSettings } from './store.ts'

export function rows(...heads: readonly string[]) {
  const all: string[][] = []
  return {
    add: (...row: readonly string[]) => void all.push([...row]),
    text(): string {
      const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
      const rule = heads.map((_, i) => (i === 0 ? '---' : '---:'))
      return [line(heads), line(rule), ...all.map((row) => line([`\`${row[0]}\``, ...row.slice(1)]))].join('\n')
    },
  }
}

export function conditions(browser: Browser): string {
  const settings = Object.entries(postgresSettings)
    .map((one) => one.join(' '))
    .join(', ')
  return [
    `${new Date().toISOString().slice(0, 16)}Z, commit ${commit()}`,
    `Node ${process.version}, Chromium ${browser.version()}, 1440 × 900`,
    `${cpus().length} × ${cpus()[0]?.model}, ${(totalmem() / 2 ** 30).toFixed(0)} GB, load ${loadavg()[0]?.toFixed(1)}`,
    `PostgreSQL 18: ${settings}, the rest at its default`,
  ].join('; ')
}

const commit = () => execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
