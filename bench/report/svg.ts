/**
 * Bits of SVG, made by hand. Nothing here can measure text and the font is whatever the reader has, so widths are guessed
 * after a wide one (DejaVu Sans): too much room rather than too little.
 */

/** A part of a picture, drawn from the `y` it was given, and how high it is. */
export interface Block {
  readonly elements: readonly string[]
  readonly height: number
}

/** Of letters, in parts of the size of the font; the first that matches counts. */
const letterWidths: readonly (readonly [RegExp, number])[] = [
  [/[ijlftr.,:;'|()[\]/! -]/, 0.41],
  [/[mwMW%@…–]/, 0.97],
  [/[\u2e80-\uffff]|[^\u0000-\uffff]/u, 1.1],
  [/\p{Lu}/u, 0.74],
  [/./su, 0.64],
]
const boldWidth = 1.06

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** Text as XML has it, without what XML cannot say at all. */
export const escapeXml = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
    .replace(/[&<>"]/g, (sign) => entities[sign] as string)

/** An element with coordinates to a tenth of a pixel. `content` is XML. */
export function element(name: string, attributes: Readonly<Record<string, string | number>>, content?: string): string {
  const written = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${typeof value === 'number' ? tenths(value) : escapeXml(value)}"`,
  )
  const start = `<${name}${written.join('')}`
  return content === undefined ? `${start}/>` : `${start}>${content}</${name}>`
}

export const tenths = (value: number): number => Number(value.toFixed(1))

/** In pixels. Bold text too has room in it. */
export function textWidth(text: string, size: number): number {
  const widths = [...text].map((letter) => letterWidths.find(([pattern]) => pattern.test(letter))?.[1] ?? 1)
  return widths.reduce((sum, width) => sum + width, 0) * size * boldWidth
}

/** Lines of a text that fit a width. A word that alone is too long is broken. */
export function wrap(text: string, width: number, size: number): string[] {
  const fits = (line: string) => textWidth(line, size) <= width
  const lines: string[] = []
  for (const word of text.trim().split(/\s+/)) {
    const longer = `${lines.at(-1)} ${word}`
    if (lines.length > 0 && fits(longer)) lines[lines.length - 1] = longer
    else lines.push(...pieces(word, fits))
  }
  return lines
}

function pieces(word: string, fits: (text: string) => boolean): string[] {
  const found = ['']
  for (const letter of word) {
    const longer = found.at(-1) + letter
    if (longer === letter || fits(longer)) found[found.length - 1] = longer
    else found.push(letter)
  }
  return found
}

/** A text of some lines. */
export function paragraph(text: string, x: number, y: number, width: number, size: number, kind: string): Block {
  const step = Math.round(size * 1.35)
  const lines = wrap(text, width, size)
  return {
    elements: lines.map((line, i) => element('text', { x, y: y + i * step + size, class: kind }, escapeXml(line))),
    height: lines.length * step,
  }
}
