import { caseFunctions, quote, valuedFlags } from './cases.ts'
import type { Place } from './tree.ts'

/** Plain bash, from 3.2 (macOS) on, without the package bash-completion. */
export function bashScript(places: readonly Place[]): string {
  return `# Completion of rota for bash: source <(rota completion bash)
${caseFunctions(places, assignments, list)}

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

const list = (words: readonly string[]) => quote(words.join(' '))

function assignments({ commands, flags, words, kind }: Place): string {
  const lists = {
    commands: commands.map(({ name }) => name),
    flags: flags.flatMap(({ names }) => names),
    valued: valuedFlags(flags),
    values: words,
  }
  const parts = Object.entries(lists).map(([name, of]) => `${name}=${list(of)}`)
  return [...parts, `kind=${kind}`].join(' ')
}
