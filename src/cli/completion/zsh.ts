import { quote, quoteAll } from './quote.ts'
import type { Flag, Place } from './tree.ts'

/** For the completion system of zsh (`compinit`). */
export function zshScript(places: readonly Place[]): string {
  return `#compdef rota
# Completion of rota for zsh: source <(rota completion zsh), or a file _rota in a folder of $fpath
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

function assignments({ commands, flags, words, kind }: Place): string {
  const valued = flags.filter(({ value }) => value !== null).flatMap(({ names }) => names)
  return [
    `commands=(${quoteAll(commands.map(({ name, about }) => described(name, about)))})`,
    `flags=(${quoteAll(flags.flatMap(({ names, about }) => names.map((name) => described(name, about))))})`,
    `valued=(${quoteAll(valued)})`,
    `values=(${quoteAll(words)})`,
    `kind=${kind}`,
  ].join(' ')
}

function valueCase({ path }: Place, { names, value }: Flag): string[] {
  if (value === null || (value.words.length === 0 && value.kind === 'text')) return []
  const pattern = names.map((name) => quote(`${path} ${name}`)).join(' | ')
  return [`    ${pattern}) values=(${quoteAll(value.words)}) kind=${value.kind} ;;`]
}
