/** Refusals: where, what was found, why, and the nearest sentence that would be understood. */
import { distance } from 'fastest-levenshtein'
import { RotaError, show } from '../../job/errors.ts'
import { advice, isWord, vocabulary } from './words.ts'

/** A sentence on its way to a rule. */
export interface Source {
  readonly text: string
  readonly field: string
  /** Whether another sentence is understood. Null while it is only tried out itself: it needs no good message. */
  readonly understood: ((text: string) => boolean) | null
}

export interface Place {
  /** From 0. */
  readonly at: number
  /** As it was written; empty at the end. */
  readonly text: string
}

/** Of a sentence that is only tried out nobody reads the message, nor where it came from. */
const refusedTrial = new RotaError('schedule_invalid', 'This sentence was only tried out.')

/** @param why goes on from what was found: `is no time of day; …` */
export function refuse(source: Source, { at, text }: Place, why: string): never {
  if (source.understood === null) throw refusedTrial
  const what = text === '' ? 'the end' : show(text)
  throw new RotaError('schedule_invalid', `${source.field}: ${what} at character ${at + 1} ${why}`, {
    field: source.field,
  })
}

/** For what has no meaning at its place: the nearest sentence that has, or else what would be understood here. */
export function refuseUnknown(source: Source, place: Place, wanted: string): never {
  const hint = advice.get(place.text.toLowerCase())
  if (hint !== undefined) refuse(source, place, `${hint.startsWith('write') ? `is not understood; ${hint}` : hint}.`)
  const isUnknown = /^[a-z]+$/i.test(place.text) && !isWord(place.text.toLowerCase())
  const why = isUnknown ? 'is not understood' : 'is not expected here'
  const near = source.understood === null ? undefined : nearest(source, place, source.understood)
  refuse(source, place, near === undefined ? `${why}; ${wanted}.` : `${why}, did you mean "${near}"?`)
}

/** Longer sentences are not worth the time of trying them. */
const longestToMend = 200

function nearest(source: Source, { at, text }: Place, understood: (text: string) => boolean): string | undefined {
  if (source.text.length > longestToMend) return undefined
  const [before, after] = [source.text.slice(0, at), source.text.slice(at + text.length)]
  const word = text.toLowerCase()
  const words = isWord(word) || !/^[a-z]+$/.test(word) ? [] : similar(word)
  const changed = words.map((one) => before + one + after)
  const more = at === 0 ? ['every ', 'at ', 'on '] : ['at ', 'on ', 'and ']
  const added = text === '' ? [] : more.map((one) => before + one + text + after)
  const removed = text === '' ? [] : [`${before.trimEnd()} ${after.trimStart()}`.trim()]
  const mended = [...changed, ...added, ...(words.length > 0 ? [] : removed)]
  return mended.find((one) => one.trim() !== '' && understood(one))
}

const known = vocabulary.map((one) => ({ one, letters: lettersOf(one) }))

/** Words that differ in a few letters, the nearest first; at most three. */
function similar(word: string): string[] {
  if (word.length > 20) return []
  const letters = lettersOf(word)
  return known
    .filter(({ one }) => Math.abs(one.length - word.length) <= 3)
    .map((other) => ({ one: other.one, far: letters === other.letters ? 1 : distance(word, other.one) }))
    .filter(({ one, far }) => far <= Math.max(1, Math.floor(one.length * 0.4)))
    .sort((a, b) => a.far - b.far || b.one.length - a.one.length)
    .slice(0, 3)
    .map(({ one }) => one)
}

/** Two letters in the wrong order are one slip. */
function lettersOf(word: string): string {
  return [...word].sort().join('')
}

/** The first of some sentences that is understood, as the end of a message. */
export function didYouMean({ understood }: Source, sentences: readonly string[]): string {
  const near = understood === null ? undefined : sentences.find(understood)
  return near === undefined ? '.' : `, did you mean "${near}"?`
}
