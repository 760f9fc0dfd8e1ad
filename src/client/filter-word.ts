/** One word of a filter, for whoever puts filters together: a form, a click on a value. */
import { RotaError } from '../job/errors.ts'
import { filterKeys } from '../job/filter.ts'
import { quoted, wordsOf } from '../job/filter-words.ts'

type Value = string | number | boolean

/**
 * Writes one word of a filter, in quotes where it needs them. Words with spaces between them are a filter.
 *
 * @param key one of `filterKeys`: `metadata.` goes on with any name, `input.` with a path as it is written in filters
 * @param value or several, of which one is enough
 * @throws RotaError `option_unknown`, `option_invalid`
 * @example
 * const words = [filterWord('state', ['failed', 'expired']), filterWord('error', 'ECONN refused')]
 * console.log(words.join(' ')) // → state:failed,expired error:"ECONN refused"
 */
export function filterWord(key: string, value: Value | readonly Value[]): string {
  const values = (Array.isArray(value) ? value : [value]).map((one) => quoted(String(one), /[\s,"]/))
  const name = /^metadata\.([\s\S]*)$/.exec(key)?.[1]
  const written = name === undefined ? key : `metadata.${quoted(name, /[\s:"]/)}`
  const word = `${written}:${values.join(',')}`
  if (wordsOf(word, Object.keys(filterKeys)).length === 1) return word
  const message = `filter: "${key}" is no key. In a path of input, put parts with spaces, dots or colons into quotes.`
  throw new RotaError('option_invalid', message, { field: 'filter' })
}
