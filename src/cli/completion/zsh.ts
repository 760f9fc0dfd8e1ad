import { caseFunctions, quote, valuedFlags } from './cases.ts'
import type { Place } from './tree.ts'

/** For the completion system of zsh (`compinit`). */
export function zshScript(places: readonly Place[]): string {
  return `#compdef rota
# Completion of rota for zsh: source <(rota completion zsh), or a file _rota in a folder of $fpath
${caseFunctions(places, assignments, list)}

_rota() {
  local place='' kind skip='' word
  local -a commands flags valued values
  _rota_place ''
  for word in "\${(@)words[2,CURRENT-1]}"; do
    if [[ -n $skip ]]; then skip=''; continue; fi
    if (( \${valued[(Ie)$word]} )); then skip="$word"; continue; fi
    if (( \${commands[(I)\${(b)word}:*]} )); then place="\${place:+$place }$word"; _rota_place "$place"; fi
  done

  if [[ -n $skip ]]; then
    values=() kind=text
    _rota_value "$place" "$skip"
  elif [[ $PREFIX == -* ]]; then
    _describe -o flag flags
    return
  elif (( \${#commands} )); then
    _describe command commands
    return
  fi
  local -a whole open
  whole=(\${values:#*:})
  open=(\${(M)values:#*:})
  (( \${#whole} )) && compadd -a whole
  (( \${#open} )) && compadd -S '' -a open
  case $kind in
    file) _files ;;
    directory) _files -/ ;;
  esac
}

if [[ $funcstack[1] == _rota ]]; then _rota "$@"; else compdef _rota rota; fi
`
}

/** `name:what it does`, where a colon in the name would be escaped. */
const described = (name: string, about: string): string => `${name.replaceAll(':', '\\:')}:${about}`

const list = (words: readonly string[]) => `(${words.map(quote).join(' ')})`

function assignments({ commands, flags, words, kind }: Place): string {
  return [
    `commands=${list(commands.map(({ name, about }) => described(name, about)))}`,
    `flags=${list(flags.flatMap(({ names, about }) => names.map((name) => described(name, about))))}`,
    `valued=${list(valuedFlags(flags))}`,
    `values=${list(words)}`,
    `kind=${kind}`,
  ].join(' ')
}
