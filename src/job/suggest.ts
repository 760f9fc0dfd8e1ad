import { closest, distance } from 'fastest-levenshtein'

/** `, did you mean "priority"?` for the nearest of the known words, or nothing where none is near. */
export function suggest(word: string, known: readonly string[]): string {
  if (known.length === 0 || word.length > 100) return ''
  const nearest = closest(word.toLowerCase(), known as string[])
  const near = distance(word.toLowerCase(), nearest.toLowerCase()) <= Math.max(2, Math.floor(nearest.length * 0.45))
  return near ? `, did you mean "${nearest}"?` : ''
}
