import type { Flag, Kind, Place } from './tree.ts'

export function fishScript(places: readonly Place[]): string {
  const groups = places.filter(({ commands }) => commands.length > 0)
  return `# Completion of rota for fish: rota completion fish | source
function __rota_place
    set -l place ''
    set -l skip ''
    for word in (commandline -opc)[2..]
        if test -n "$skip"
            set skip ''
            continue
        end
        switch "$place $word"
${places.flatMap((place) => skipCase(place)).join('\n')}
${groups.map((place) => commandCase(place)).join('\n')}
        end
    end
    echo $place
end

function __rota_at
    test (__rota_place) = "$argv"
end

complete -c rota -e
complete -c rota -f
${places.flatMap(linesOf).join('\n')}
`
}

const quote = (word: string): string => `'${word.replace(/[\\']/g, '\\$&')}'`

function skipCase({ path, flags }: Place): string[] {
  const valued = flags.filter(({ value }) => value !== null).flatMap(({ names }) => names)
  if (valued.length === 0) return []
  return [
    `            case ${valued.map((name) => quote(`${path} ${name}`)).join(' ')}`,
    `                set skip $word`,
  ]
}

const commandCase = ({ path, commands }: Place): string =>
  `            case ${commands.map(({ name }) => quote(`${path} ${name}`)).join(' ')}
                set place (string trim "$place $word")`

function linesOf({ path, commands, flags, words, kind }: Place): string[] {
  const here = `complete -c rota -n ${quote(`__rota_at ${path}`.trim())}`
  return [
    ...commands.map(({ name, about }) => `${here} -a ${name} -d ${quote(about)}`),
    ...(words.length > 0 || kind !== 'text' ? [`${here} ${offered(words, kind)}`] : []),
    ...flags.map((flag) => `${here} ${flagOf(flag)}`),
  ]
}

function flagOf({ names, about, value }: Flag): string {
  const spelled = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`)).join(' ')
  const values = value === null ? '' : value.kind === 'file' ? '-r -F ' : `-x ${offered(value.words, value.kind)} `
  return `${spelled} ${values}-d ${quote(about)}`
}

function offered(words: readonly string[], kind: Kind): string {
  if (kind === 'directory') return `-a '(__fish_complete_directories)'`
  if (kind === 'file') return '-F'
  return words.length > 0 ? `-a ${quote(words.join(' '))}` : ''
}
