import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { WriteStream } from 'node:tty'
import { pathToFileURL } from 'node:url'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { temporaryFolder } from '../../test/support/folder.ts'
import { type Check, type Figure, holds, type Results, type Unit, type WorkloadResult } from '../figures.ts'
import { chart } from './chart.ts'
import { measuredOf } from './checks.ts'
import { format, formatRange, formatTick } from './format.ts'
import { markdown } from './markdown.ts'
import { scaleOf } from './scale.ts'
import { bestOf, coloursOf } from './sides.ts'
import { textWidth, wrap } from './svg.ts'
import { terminalTable } from './table.ts'
import { readResults, writeReport } from './write.ts'

const drain: Figure = {
  name: 'drain, 1 worker & <history> kept',
  unit: 'jobs/s',
  better: 'more',
  values: { rota: [67_400, 69_200, 65_100], 'pg-boss': [37_000, 36_100, 38_000], floor: [86_000, 86_100, 85_900] },
}
const memory: Figure = { name: 'memory', unit: 'MB', better: 'less', values: { rota: [82], 'R&D <queue>': [64] } }
const latency: Figure = {
  name: 'latency, p99',
  unit: 'ms',
  better: 'less',
  values: { rota: [1.74, 2], 'pg-boss': [1_998], 'R&D <queue>': [] },
}
const failing: Check = { text: 'drain: 2 × pg-boss | A&B', value: 1.8216, bound: 2, better: 'more' }
const holding: Check = { text: 'latency, p99', value: 1.73, bound: 5, better: 'less' }

const workload: WorkloadResult = {
  id: 'W2',
  title: 'Drain of 100 000 jobs & more',
  about: 'The clock runs until `a < b` holds, <not> before.',
  at: '2026-11-22T08:34:11.123Z',
  runs: 3,
  quick: false,
  figures: [drain, memory, latency],
  checks: [failing, holding],
}
const sides = ['rota', 'pg-boss', 'floor', 'R&D <queue>']
const results: Results = {
  machine: '2 cores <Xeon>, 24 GB',
  sides: sides.map((name) => ({ name, version: '1.2.3', store: 'PostgreSQL 18.4', settings: 'batches | of 500' })),
  workloads: [workload],
}

describe('numbers', () => {
  test.each<[number, Unit, string]>([
    [0, 'jobs/s', '0/s'],
    [3.2, 'jobs/s', '3.20/s'],
    [950, 'jobs/s', '950/s'],
    [999.4, 'jobs/s', '999/s'],
    [999.6, 'jobs/s', '1.00k/s'],
    [67_430, 'jobs/s', '67.4k/s'],
    [123_456, 'jobs/s', '123k/s'],
    [999_700, 'jobs/s', '1.00M/s'],
    [1_200_000, 'jobs/s', '1.20M/s'],
    [2_500_000_000, 'jobs/s', '2 500M/s'],
    [0, 'ms', '0 ms'],
    [0.0004, 'ms', '0.00040 ms'],
    [0.294, 'ms', '0.29 ms'],
    [2.844, 'ms', '2.84 ms'],
    [9.996, 'ms', '10.0 ms'],
    [476.2, 'ms', '476 ms'],
    [1_998, 'ms', '2.00 s'],
    [13.68, 'µs/job', '13.7 µs/job'],
    [0.04, 'µs/job', '0.04 µs/job'],
    [1_158.4, 'B/job', '1 158 B/job'],
    [0, 'B', '0 B'],
    [12, 'B', '12 B'],
    [12_000, 'B', '12 kB'],
    [512, 'B', '512 B'],
    [4_096, 'B', '4.10 kB'],
    [82_311_111, 'B', '82.3 MB'],
    [1_500_000_000, 'B', '1.50 GB'],
    [0, '%', '0 %'],
    [0.003, '%', '0.003 %'],
    [0.006, '%', '0.006 %'],
    [0.04, '%', '0.04 %'],
    [1.25, '%', '1.3 %'],
    [95.04, '%', '95.0 %'],
    [100, '%', '100 %'],
    [82.4, 'MB', '82 MB'],
    [0.4, 'MB', '0.4 MB'],
    [1.26, 'statements/s', '1.3 stmt/s'],
    [12_345.67, 'statements/s', '12 345.7 stmt/s'],
  ])('%d %s is written %s', (value, unit, text) => {
    expect(format(value, unit)).toBe(text)
  })

  test('a range has units only where they differ from that of the median', () => {
    expect(formatRange([67_400, 69_200, 65_100], 'jobs/s')).toBe('65.1–69.2')
    expect(formatRange([950, 1_100, 1_200], 'jobs/s')).toBe('950/s–1.20k/s')
  })

  test('on an axis, round numbers are short and small ones keep what tells them apart', () => {
    expect([20_000, 0].map((value) => formatTick(value, 'jobs/s'))).toEqual(['20k/s', '0/s'])
    expect([0.005, 3 * 0.005].map((value) => formatTick(value, '%'))).toEqual(['0.005 %', '0.015 %'])
    expect(formatTick(1_000, 'B/job')).toBe('1 000 B/job')
  })
})

describe('checks', () => {
  test('a value that misses its bound by little does not look as if it held', () => {
    expect(measuredOf({ ...failing, value: 1.9996 })).toBe('1.9996')
    expect(measuredOf({ ...holding, value: 5.0004 })).toBe('5.0004')
    expect(measuredOf({ ...failing, value: 12_345.6 })).toBe('12 346')
  })

  test('what was not measured does not hold, also after NaN has become null in JSON', () => {
    expect(holds(holding)).toBe(true)
    expect(holds({ ...holding, value: Number.NaN })).toBe(false)
    expect(holds({ ...holding, value: JSON.parse('null') })).toBe(false)
    expect(measuredOf({ ...holding, value: Number.NaN })).toBe('–')
  })
})

describe('sides', () => {
  test('the best is the highest or the lowest median, never the floor, and nobody where nothing tells them apart', () => {
    expect(bestOf(drain)).toEqual(['rota'])
    expect(bestOf(memory)).toEqual(['R&D <queue>'])
    expect(bestOf({ ...memory, values: { rota: [1], floor: [2] } })).toEqual([])
    expect(bestOf({ ...memory, values: { rota: [1], a: [1] } })).toEqual([])
    expect(bestOf({ ...memory, values: { rota: [1], a: [1], b: [2] } })).toEqual(['rota', 'a'])
  })

  test('have colours of their own', () => {
    const colours = coloursOf(['rota', 'a', 'rota (SQLite)', 'b', 'floor', 'c', 'd', 'e'])
    expect(new Set(colours.values()).size).toBe(8)
  })
})

describe('table', () => {
  afterEach(() => vi.unstubAllEnvs())

  test('aligned columns, then the checks', () => {
    expect(terminalTable(workload)).toEqual([
      '                                     rota  pg-boss    floor  R&D <queue>',
      'drain, 1 worker & <history> kept  67.4k/s  37.0k/s  86.0k/s            –',
      'memory                              82 MB        –        –        64 MB',
      'latency, p99                      1.87 ms   2.00 s        –            –',
      '✗ drain: 2 × pg-boss | A&B: 1.82 (at least 2)',
      '✓ latency, p99: 1.73 (at most 5)',
    ])
  })

  test('the best of a row is bold on a terminal, unless NO_COLOR is set', () => {
    const before = { isTTY: process.stdout.isTTY, getColorDepth: process.stdout.getColorDepth }
    Object.assign(process.stdout, { isTTY: true, getColorDepth: WriteStream.prototype.getColorDepth })
    try {
      vi.stubEnv('FORCE_COLOR', undefined)
      vi.stubEnv('NO_COLOR', undefined)
      vi.stubEnv('CI', undefined) // on an unknown one Node writes without colours
      vi.stubEnv('TERM', 'xterm-256color')
      const bold = terminalTable(workload)
      expect(bold[1]).toContain('\u001b[1m67.4k/s\u001b[22m  37.0k/s  86.0k/s')
      expect(bold[2]).toContain('      \u001b[1m64 MB\u001b[22m')
      vi.stubEnv('NO_COLOR', '1')
      expect(terminalTable(workload).join()).not.toContain('\u001b')
    } finally {
      Object.assign(process.stdout, before)
    }
  })
})

describe('page', () => {
  const page = markdown(results)
  const lines = page.split('\n')

  test('a row for each figure, with the spread from three runs on, and nothing for who is missing', () => {
    expect(lines).toContain('|  | rota | pg-boss | floor | R&amp;D &lt;queue> |')
    expect(lines).toContain(
      '| drain, 1 worker &amp; &lt;history> kept | **67.4k/s** <sub>65.1–69.2</sub> | 37.0k/s <sub>36.1–38.0</sub> | 86.0k/s <sub>85.9–86.1</sub> | – |',
    )
    expect(lines).toContain('| memory | 82\u00a0MB | – | – | **64\u00a0MB** |')
  })

  test('tells what does not hold at the top, and all checks with their workload', () => {
    const failed = '| W2 | drain: 2 × pg-boss \\| A&amp;B | 1.82 | at least 2 |'
    expect(page).toContain('1 of 2 checks hold. These do not:')
    expect(lines).toContain(failed)
    expect(lines.indexOf(failed)).toBeLessThan(lines.indexOf('## W2: Drain of 100 000 jobs &amp; more'))
    expect(lines).toContain('| drain: 2 × pg-boss \\| A&amp;B | 1.82 | at least 2 | ✗ |')
    expect(lines).toContain('| latency, p99 | 1.73 | at most 5 | ✓ |')
    const fine = markdown({ ...results, workloads: [{ ...workload, checks: [holding, holding] }] })
    expect(fine).toContain('All 2 checks hold.')
    expect(fine).not.toContain('✗')
  })

  test('every row of a table has as many cells as its head', () => {
    const cells = (line: string) => line.replaceAll('\\|', '').split('|').length
    const tables = page.split('\n\n').filter((part) => part.startsWith('|'))
    expect(tables).toHaveLength(4)
    for (const rows of tables) expect(new Set(rows.trim().split('\n').map(cells)).size).toBe(1)
  })

  test('text in backticks is left alone, and other text makes no tags', () => {
    expect(lines).toContain('The clock runs until `a < b` holds, &lt;not> before.')
    expect(page).toContain('2 cores &lt;Xeon>, 24 GB')
    expect(page).toContain('3 runs, 2026-11-22 08:34 UTC.')
  })

  test('shows a chart where there is one', () => {
    expect(page).toContain('](benchmarks/w2.svg)')
    const empty = { ...workload, figures: [{ ...latency, values: { rota: [] } }] }
    expect(markdown({ ...results, workloads: [empty] })).not.toContain('.svg')
  })

  test('tells the runs, and what was only a quick look', () => {
    expect(page).toContain('the median of 3 runs')
    expect(page).not.toContain('--quick')
    const mixed = markdown({ ...results, workloads: [workload, { ...workload, id: 'W3', runs: 1, quick: true }] })
    expect(mixed).toContain('the median of 1 to 3 runs')
    expect(mixed).toContain('good for a look and no more: W3.')
    expect(mixed).toContain('One run, 2026-11-22 08:34 UTC. **Run with `--quick`')
    expect(markdown({ ...results, workloads: [] })).toContain('the median of all runs')
  })
})

describe('chart', () => {
  const svg = chart(workload) as string

  test('is well-formed, says what it shows, and has each side in its legend', () => {
    expectWellFormed(svg)
    expect(svg).toContain('role="img"')
    expect(svg).toContain('<title id="w2-title">W2: Drain of 100 000 jobs &amp; more</title>')
    expect(svg).toContain('latency, p99: rota 1.87 ms, pg-boss 2.00 s.')
    expect(textsOf(svg, 'legend')).toEqual(['rota', 'pg-boss', 'floor', 'R&amp;D &lt;queue&gt;'])
  })

  test('well-formed is not said of everything', () => {
    for (const broken of [svg.replace('</desc>', ''), svg.replaceAll('&amp;', '&'), svg.replace('</svg>', '</g>')])
      expect(() => expectWellFormed(broken)).toThrow()
  })

  test('a panel for each unit, and a logarithmic scale where values lie far apart', () => {
    expect(textsOf(svg, 'panel')).toEqual([
      'jobs per second, more is better',
      'megabytes, less is better',
      'milliseconds, less is better; logarithmic scale',
    ])
  })

  test('a bar is as long as its median, on a scale from 0, and its number stands behind it and the whisker', () => {
    const bars = [...svg.matchAll(/<rect x="228" y="[\d.]+" width="([\d.]+)"/g)].map((match) => Number(match[1]))
    const [rota = 0, pgBoss = 0, floor = 0] = bars
    expect(bars).toHaveLength(7)
    expect(rota / floor).toBeCloseTo(67.4 / 86, 2)
    expect(pgBoss / floor).toBeCloseTo(37 / 86, 2)
    const whiskers = [...svg.matchAll(/H([\d.]+)M\S* \S*" class="whisker"/g)].map((match) => Number(match[1]))
    const numbers = [...svg.matchAll(/<text x="([\d.]+)" y="[\d.]+" class="value/g)].map((match) => Number(match[1]))
    expect(whiskers).toHaveLength(3) // not for one or two runs
    expect(numbers.slice(0, 3)).toEqual(whiskers.map((end) => Number((end + 6).toFixed(1))))
    expect(numbers[3]).toBeCloseTo(228 + (bars[3] ?? 0) + 6, 0)
  })

  test('no two texts lie on each other, and none leaves the picture', () => {
    const crowded: WorkloadResult = {
      ...workload,
      title: 'A title that is too long for one line because it has so very many words in it, and then & some',
      figures: [...workload.figures, ...workload.figures].map((figure, i) => ({
        ...figure,
        name: `${i === 0 ? 'AWORDOFCAPITALSWITHOUTANYPLACEWHEREITCOULDBREAK' : figure.name}, `.repeat(9),
        values: Object.fromEntries(
          ['rota', 'a side with a name that takes room', 'another one that takes as much room', ...sides].map(
            (side, n) => [side, [10 ** n, 3 * 10 ** n, 1]],
          ),
        ),
      })),
    }
    const picture = chart(crowded) as string
    expectWellFormed(picture)
    const boxes = boxesOf(picture)
    expect(boxes.length).toBeGreaterThan(60)
    const height = Number(/height="(\d+)"/.exec(picture)?.[1])
    for (const box of boxes) {
      expect(box.left, box.text).toBeGreaterThanOrEqual(0)
      expect(box.right, box.text).toBeLessThanOrEqual(760)
      expect(box.bottom, box.text).toBeLessThanOrEqual(height)
    }
    const overlaps = boxes.flatMap((a, i) =>
      boxes
        .slice(i + 1)
        .filter((b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
        .map((b) => `${a.text} / ${b.text}`),
    )
    expect(overlaps).toEqual([])
  })

  test('nothing is drawn where nothing was measured, and zeros are', () => {
    expect(chart({ ...workload, figures: [] })).toBeNull()
    expect(chart({ ...workload, figures: [{ ...latency, values: { rota: [], a: [Number.NaN] } }] })).toBeNull()
    const zeros = chart({ ...workload, figures: [{ ...memory, values: { rota: [0, 0, 0] } }] }) as string
    expectWellFormed(zeros)
    expect(zeros).not.toMatch(/NaN|Infinity/)
  })

  test('a scale is linear up to fifty times, and a logarithmic one leaves the least value a bit of bar', () => {
    expect(scaleOf([1, 50])).toMatchObject({ logarithmic: false, ticks: [0, 10, 20, 30, 40, 50] })
    const { logarithmic, ticks, at } = scaleOf([0, 1, 1_000])
    expect({ logarithmic, ticks }).toEqual({ logarithmic: true, ticks: [0.1, 1, 10, 100, 1_000] })
    expect([0, 1, 1_000].map(at)).toEqual([0, 0.25, 1])
  })

  test('text is broken between words, and within one that is too long', () => {
    expect(wrap('drain of 100 000 jobs', 100, 12)).toEqual(['drain of 100', '000 jobs'])
    const pieces = wrap(`one ${'x'.repeat(40)}`, 100, 12)
    expect(pieces.join('')).toBe(`one${'x'.repeat(40)}`)
    expect(Math.max(...pieces.map((piece) => textWidth(piece, 12)))).toBeLessThanOrEqual(100)
  })
})

describe('files', () => {
  test('are written and read back, and charts of workloads that are gone are removed', () => {
    const folder = temporaryFolder('report')
    try {
      expect(readResults(folder)).toBeNull()
      mkdirSync(join(folder, 'benchmarks'))
      writeFileSync(join(folder, 'benchmarks/w1.svg'), '<svg/>')
      writeFileSync(join(folder, 'benchmarks/notes.txt'), '')
      const paths = ['benchmarks.md', 'benchmarks/w2.svg', 'benchmarks/results.json'].map((name) => join(folder, name))
      expect(writeReport(results, folder)).toEqual(paths)
      expect(readResults(folder)).toEqual(results)
      expect(readResults(pathToFileURL(folder))).toEqual(results)
      expect(readFileSync(paths[0] as string, 'utf8')).toBe(markdown(results))
      expect(existsSync(join(folder, 'benchmarks/w1.svg'))).toBe(false)
      expect(existsSync(join(folder, 'benchmarks/notes.txt'))).toBe(true)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('a side has the same colour in the charts of all workloads', () => {
    const folder = temporaryFolder('report')
    try {
      const other = { ...workload, id: 'W3', figures: [memory] }
      const [, first, second] = writeReport({ ...results, workloads: [workload, other] }, folder)
      const [one, two] = [first, second].map((path) => legendOf(readFileSync(path as string, 'utf8')))
      expect(two?.size).toBe(2)
      for (const [side, colour] of two ?? []) expect(one?.get(side), side).toBe(colour)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

/** Every tag is closed in its order, attributes are quoted, and no `&` or `<` stands alone. */
function expectWellFormed(xml: string): void {
  const open: string[] = []
  const rest = xml.replace(
    /<(\/?)([a-z]+)((?: [a-zA-Z][\w-]*="[^"<]*")*)(\/?)>/g,
    (_, close, name, attributes, empty) => {
      if (close) expect(open.pop()).toBe(name)
      else if (!empty) open.push(name)
      return attributes
    },
  )
  expect(open).toEqual([])
  expect(rest.replace(/&(amp|lt|gt|quot);/g, '')).not.toMatch(/[<&]/)
}

function textsOf(svg: string, kind: string): string[] {
  return [...svg.matchAll(new RegExp(`<text [^>]*class="${kind}"[^>]*>([^<]*)<`, 'g'))].map(
    (match) => match[1] as string,
  )
}

function legendOf(svg: string): Map<string, string> {
  const entries = svg.matchAll(/fill="(#\w+)"\/>\n<text [^>]*class="legend">([^<]*)</g)
  return new Map([...entries].map((match) => [match[2] as string, match[1] as string]))
}

/** Where the texts of a chart stand, as far as that can be guessed. */
function boxesOf(svg: string) {
  const sizes: Record<string, number> = { title: 17, panel: 13, value: 11, small: 11 }
  return [...svg.matchAll(/<text x="([\d.]+)" y="([\d.]+)"([^>]*)>([^<]*)</g)].map(([, x, y, attributes, text]) => {
    const size = sizes[/class="(\w+)/.exec(attributes ?? '')?.[1] ?? ''] ?? 12
    const width = textWidth((text ?? '').replace(/&\w+;/g, '&'), size)
    const left = Number(x) - (attributes?.includes('middle') ? width / 2 : 0)
    return { text, left, right: left + width, top: Number(y) - size * 0.75, bottom: Number(y) + size * 0.2 }
  })
}
