/** A filter as text: its words `key:value,value`, found and changed without understanding more of it than that. */

export interface Word {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** Spaces in quotes belong to the word. A quote that is still open goes on to the end. */
export function wordsOf(filter: string): Word[] {
  return [...filter.matchAll(/(?:"(?:[^"\\]|\\.)*"?|[^\s"])+/g)].map((found) => ({
    start: found.index,
    end: found.index + found[0].length,
    text: found[0],
  }))
}

/** The word in which somebody writes; an empty one between words. */
export const wordAt = (filter: string, caret: number): Word =>
  wordsOf(filter).find(({ start, end }) => start <= caret && caret <= end) ?? { start: caret, end: caret, text: '' }

/** What stands behind the colon, as it is written; null where the key does not stand. */
export function valueIn(filter: string, key: string): string | null {
  const word = wordsOf(filter).find(({ text }) => text.startsWith(`${key}:`))
  return word === undefined ? null : word.text.slice(key.length + 1)
}

/** With another value of a key, in its place or in front of all; `null` takes the word out. */
export function withValue(filter: string, key: string, value: string | null): string {
  const words = wordsOf(filter).map(({ text }) => text)
  const at = words.findIndex((text) => text.startsWith(`${key}:`))
  const word = value === null ? [] : [`${key}:${value}`]
  if (at === -1) words.unshift(...word)
  else words.splice(at, 1, ...word)
  return words.join(' ')
}
