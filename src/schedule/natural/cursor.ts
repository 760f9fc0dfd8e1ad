/** Where a parser stands in a sentence. */
import { type Token, tokensOf } from './lexer.ts'
import { refuseUnknown, type Source } from './refuse.ts'

export interface Cursor {
  readonly source: Source
  readonly tokens: readonly Token[]
  at: number
}

export const cursorOf = (source: Source): Cursor => ({ source, tokens: tokensOf(source), at: 0 })

/** The token that comes next, or one behind it. */
export const peek = (cursor: Cursor, ahead = 0): Token =>
  cursor.tokens[Math.min(cursor.at + ahead, cursor.tokens.length - 1)] as Token

/** The word that comes next; empty where something else does. */
export function wordAt(cursor: Cursor, ahead = 0): string {
  const token = peek(cursor, ahead)
  return token.kind === 'word' ? token.word : ''
}

/** Goes behind the next token if it is one of these words, or this sign. */
export function take(cursor: Cursor, ...words: readonly string[]): boolean {
  const token = peek(cursor)
  const found =
    (token.kind === 'word' && words.includes(token.word)) || (token.kind === 'sign' && words.includes(token.sign))
  if (found) cursor.at += 1
  return found
}

/** What a table says about the next word; goes behind it if it says something. */
export function takeOf<T>(cursor: Cursor, table: ReadonlyMap<string, T>): T | undefined {
  const found = table.get(wordAt(cursor))
  if (found !== undefined) cursor.at += 1
  return found
}

export function takeNumber(cursor: Cursor): number | undefined {
  const token = peek(cursor)
  if (token.kind !== 'number') return undefined
  cursor.at += 1
  return token.value
}

/** @param wanted what would be understood here: `write a time, as in "9:30"` */
export const refuseHere = (cursor: Cursor, wanted: string): never => refuseUnknown(cursor.source, peek(cursor), wanted)
