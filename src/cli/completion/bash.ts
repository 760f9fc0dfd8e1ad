import { quote } from './quote.ts'
import type { Flag, Place } from './tree.ts'

/** Plain bash, from 3.2 (macOS) on, without the package bash-completion. */
export function bashScript(places: readonly Place[]): string {
  return `# Completion of rota for bash: source <(rota completion bash)
_rota_place() {
  case "$1" in
${places.map((place) => `    ${quote(place.path)}) ${assignments(place)} ;;`).join('\n')}
  esac
}

_rota_value() {
  case "$1 $2" in
${places.flatMap((place) => place.flags.flatMap((flag) => valueCase(place, flag))).join('\n')}
  esac
}

_rota() {
  local line="\${COMP_LINE:0:COMP_POINT}" place='' commands flags valued values kind found skip='' word i
  local -a words
  read -ra words <<< "$line"
  case "$line" in *[[:space:]]) words+=('') ;; esac
  local last=$((\${#words[@]} - 1))
  local current="\${words[last]}"
  _rota_place ''
  for ((i = 1; i < last; i++)); do
    word="\${words[i]}"
    if [[ -n $skip ]]; then skip=''; continue; fi
    case " $valued " in *" $word "*) skip="$word"; continue ;; esac
    case " $commands " in *" $word "*) place="\${place:+$place }$word"; _rota_place "$place" ;; esac
  done

  if [[ -n $skip ]]; then
    values='' kind=text
    _rota_value "$place" "$skip"
    found="$values"
  elif [[ $current == -* ]]; then
    found="$flags" kind=text
  else
    found="$commands $values"
  fi
  local IFS=$' \\n'
  COMPREPLY=($(compgen -W "$found" -- "$current"))
  if [[ $kind != text ]]; then
    local option=-f
    [[ $kind == directory ]] && option=-d
    IFS=$'\\n' COMPREPLY+=($(compgen $option -- "$current"))
    compopt -o filenames 2> /dev/null
  fi
  if [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *: ]]; then compopt -o nospace 2> /dev/null; fi
  # Where a colon ends a word for bash, it wants only what comes after.
  if [[ $current == *:* && $COMP_WORDBREAKS == *:* ]]; then
    COMPREPLY=("\${COMPREPLY[@]#"\${current%"\${current##*:}"}"}")
  fi
}

complete -F _rota rota
`
}

function assignments({ commands, flags, words, kind }: Place): string {
  const valued = flags.filter(({ value }) => value !== null).flatMap(({ names }) => names)
  const lists = {
    commands: commands.map(({ name }) => name),
    flags: flags.flatMap(({ names }) => names),
    valued,
    values: words,
  }
  const parts = Object.entries(lists).map(([name, list]) => `${name}=${quote(list.join(' '))}`)
  return [...parts, `kind=${kind}`].join(' ')
}

function valueCase({ path }: Place, { names, value }: Flag): string[] {
  if (value === null || (value.words.length === 0 && value.kind === 'text')) return []
  const pattern = names.map((name) => quote(`${path} ${name}`)).join(' | ')
  return [`    ${pattern}) values=${quote(value.words.join(' '))} kind=${value.kind} ;;`]
}
