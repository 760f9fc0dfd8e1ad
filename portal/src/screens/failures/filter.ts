/** The filter that finds the jobs of a group. */
import { filterWord } from 'rota/client'
import { wordsOf } from '../../ui/filter/words.ts'
import { fragmentOf, type Group, noReason } from './alike.ts'

/** Without the words of some keys. */
const without = (filter: string, keys: readonly string[]): string[] =>
  wordsOf(filter)
    .map(({ text }) => text)
    .filter((text) => !keys.some((key) => text.startsWith(`${key}:`)))

export const hasWord = (filter: string, key: string): boolean =>
  wordsOf(filter).some(({ text }) => text.startsWith(`${key}:`))

/**
 * The failed jobs of a group, and as few others as the language can say.
 *
 * @param base what the groups were asked for with
 * @param bare its jobs have only a reason, no error
 */
export function filterOf({ job, error }: Group, base: string, bare: boolean): string {
  const rest = without(base, ['state', 'job', ...(bare ? ['reason'] : [])])
  const fragment = fragmentOf(error.message) || error.name
  const what = bare
    ? error.message === noReason
      ? []
      : [filterWord('reason', error.message)]
    : hasWord(base, 'error')
      ? []
      : [filterWord('error', fragment)]
  return [filterWord('state', 'failed'), filterWord('job', job), ...what, ...rest].join(' ')
}
