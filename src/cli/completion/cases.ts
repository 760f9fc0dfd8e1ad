/** What the scripts for bash and zsh say alike; how a list is written differs. */
import type { Flag, Place } from './tree.ts'

/** A word that both take as it is. */
export const quote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`

/** How the shell writes a list: as one word, or as an array. */
type List = (words: readonly string[]) => string

/** `_rota_place <place>` and `_rota_value <place> <flag>` set the variables that completion goes by. */
export const caseFunctions = (places: readonly Place[], assignments: (place: Place) => string, list: List): string =>
  `_rota_place() {
  case "$1" in
${places.map((place) => `    ${quote(place.path)}) ${assignments(place)} ;;`).join('\n')}
  esac
}

_rota_value() {
  case "$1 $2" in
${places.flatMap((place) => place.flags.flatMap((flag) => valueCase(place, flag, list))).join('\n')}
  esac
}`

/** Those that take a value. */
export const valuedFlags = (flags: readonly Flag[]): string[] =>
  flags.filter(({ value }) => value !== null).flatMap(({ names }) => names)

function valueCase({ path }: Place, { names, value }: Flag, list: List): string[] {
  if (value === null || (value.words.length === 0 && value.kind === 'text')) return []
  const pattern = names.map((name) => quote(`${path} ${name}`)).join(' | ')
  return [`    ${pattern}) values=${list(value.words)} kind=${value.kind} ;;`]
}
