/** A text as it is read where it is JSON, HTML or part of a URL: one search in each finds a word however it was escaped. */

/** The text without its escapes, and the way back. */
export interface Reading {
  readonly text: string
  /** Characters at its end that may be half an escape. */
  readonly unfinished: number
  /** Where it stands in the text that was read. */
  rangeOf(from: number, to: number): readonly [number, number]
}

interface Escapes {
  readonly sign: string
  /** Each match is one character. */
  readonly pattern: RegExp
  readonly unfinished: RegExp
  read(written: string): string
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
const short: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }

const ways: readonly Escapes[] = [
  {
    sign: '\\',
    pattern: /\\(?:u[\da-f]{4}|[^u])/gi,
    unfinished: /\\(?:u[\da-f]{0,3})?$/i,
    read: (written) => {
      const rest = written.slice(1)
      return rest.length > 1 ? String.fromCharCode(Number.parseInt(rest.slice(1), 16)) : (short[rest] ?? rest)
    },
  },
  {
    sign: '%',
    pattern: /%[0-7][\da-f]|%[cd][\da-f]%[89ab][\da-f]|%e[\da-f](?:%[89ab][\da-f]){2}|%f[0-4](?:%[89ab][\da-f]){3}/gi,
    unfinished: /(?:%[\da-f]{2}){0,3}(?:%[\da-f]{0,2})$/i,
    read: (written) => Buffer.from(written.replaceAll('%', ''), 'hex').toString(),
  },
  {
    sign: '&',
    pattern: /&(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[\da-f]{1,6});/gi,
    unfinished: /&#?\w{0,8}$/,
    read: (written) => {
      const name = written.slice(1, -1).toLowerCase()
      const code = Number(name.startsWith('#x') ? `0${name.slice(1)}` : name.slice(1))
      return named[name] ?? (code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd')
    },
  },
]

/** As it stands, and without the escapes of JSON, of URLs and of HTML, where it has any. */
export const readings = (text: string): Reading[] => [
  { text, unfinished: /\ufffd?$/.exec(text)?.[0].length ?? 0, rangeOf: (from, to) => [from, to] },
  ...ways.filter(({ sign }) => text.includes(sign)).map((way) => readBy(way, text)),
]

function readBy({ pattern, unfinished, read }: Escapes, whole: string): Reading {
  const text = whole.replace(pattern, (written) => read(written))
  let places: ((at: number) => number) | null = null // few texts have anything to look for
  const placeOf = (at: number): number => {
    places ??= placesIn(whole, pattern, read)
    return places(at)
  }
  return {
    text,
    unfinished: unfinished.exec(text.slice(-12))?.[0].length ?? 0,
    rangeOf: (from, to) => [placeOf(from), placeOf(to)],
  }
}

/** From a place in what is read to the one in the whole. */
function placesIn(whole: string, pattern: RegExp, read: Escapes['read']): (at: number) => number {
  /** The places behind each escape; lists of numbers, as a long text may have millions. */
  const inRead: number[] = []
  const inWhole: number[] = []
  let shorter = 0
  for (const { 0: written, index } of whole.matchAll(pattern)) {
    const end = index + written.length
    shorter += written.length - read(written).length
    inRead.push(end - shorter)
    inWhole.push(end)
  }
  return (at) => {
    let [low, high] = [0, inRead.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((inRead[middle] as number) <= at) low = middle + 1
      else high = middle
    }
    return low === 0 ? at : (inWhole[low - 1] as number) + at - (inRead[low - 1] as number)
  }
}
