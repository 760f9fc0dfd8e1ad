/** What can be typed after `rota`, taken from the commands themselves, so that completion cannot say anything else. */
import type { Argument, Command, Option } from 'commander'
import { priorities } from '../../job/priority.ts'
import { allStates } from '../../job/states.ts'
import { cronDialects } from '../../schedule/cron/cron.ts'
import { overlaps, runOns } from '../../schedule/policies.ts'

/** What a word is made of, where that can be told. */
export type Kind = 'file' | 'directory' | 'text'

export interface Flag {
  /** Short and long, with their dashes. */
  readonly names: readonly string[]
  readonly about: string
  /** Null for a flag without a value. */
  readonly value: { readonly kind: Kind; readonly words: readonly string[] } | null
}

/** A command as far as it was typed: `''`, `jobs`, `jobs list`. */
export interface Place {
  readonly path: string
  readonly commands: readonly { readonly name: string; readonly about: string }[]
  readonly flags: readonly Flag[]
  /** Words for its arguments. */
  readonly words: readonly string[]
  readonly kind: Kind
}

export function placesOf(command: Command, path = ''): Place[] {
  const help = command.createHelp()
  help.showGlobalOptions = true
  const options = [...help.visibleOptions(command), ...help.visibleGlobalOptions(command)]
  const [argument] = command.registeredArguments
  const place: Place = {
    path,
    commands: command.commands.map((below) => ({ name: below.name(), about: below.description() })),
    flags: options.map(flagOf),
    words: argument === undefined ? [] : (argument.argChoices ?? argumentWords[argument.name()] ?? []),
    kind: argument === undefined ? 'text' : kindOf(argument),
  }
  return [place, ...command.commands.flatMap((below) => placesOf(below, `${path} ${below.name()}`.trim()))]
}

const flagOf = (option: Option): Flag => ({
  names: [option.short, option.long].filter((name) => name != null),
  about: option.description,
  value:
    option.required || option.optional
      ? { kind: kindOf(option), words: option.argChoices ?? flagWords[option.long ?? ''] ?? [] }
      : null,
})

function kindOf(one: Argument | Option): Kind {
  if ('flags' in one) return one.flags.includes('<file>') ? 'file' : 'text'
  return one.name() === 'dir' ? 'directory' : 'text'
}

/** Values of flags that the library checks, not the command line. */
const flagWords: Readonly<Record<string, readonly string[]>> = {
  '--priority': priorities,
  '--state': ['active', 'paused', 'inactive', 'completed'],
  '--origin': ['code', 'api'],
  '--overlap': overlaps,
  '--misfire': ['skip', 'once', 'all:'],
  '--run-on': runOns,
  '--dialect': cronDialects,
  '--dst-gap': ['next', 'skip'],
  '--dst-repeat': ['first', 'last', 'both'],
}

/** A word that ends with a colon wants more. */
const argumentWords: Readonly<Record<string, readonly string[]>> = {
  filter: [...allStates.map((state) => `state:${state}`), 'job:', 'lane:', 'schedule:', 'since:'],
}
