/** The command lines of a page, as the command line itself understands them. */
import type { Command } from 'commander'
import { createProgram } from '../../src/cli/program.ts'

/** The arguments of each `rota …` in a block of shell commands. */
export function rotaCommands(text: string): string[][] {
  const lines = text.replace(/\\\n/g, ' ').split('\n')
  return lines.flatMap((line) =>
    simpleCommands(line).flatMap((words) => {
      const start = words[0] === 'npx' ? 1 : 0
      return words[start] === 'rota' ? [words.slice(start + 1)] : []
    }),
  )
}

/** Words as a shell makes them, as far as pages use it: quotes, `|`, `;`, `&&`, `>`, comments. */
function simpleCommands(line: string): string[][] {
  const commands: string[][] = [[]]
  const pattern = /'([^']*)'|"((?:\\.|[^"\\])*)"|(\|\|?|&&|;|\$\()|(\d?>+\s*\S+|#.*|&)|((?:<[\w-]+>|[^\s'"|;&#>])+)/g
  for (const [, single, double, separator, dropped, word] of line.matchAll(pattern)) {
    if (separator !== undefined) commands.push([])
    else if (dropped === undefined) commands.at(-1)?.push(single ?? double ?? word ?? '')
  }
  return commands
}

/** Why the command line does not understand these arguments, or null. Runs nothing. */
export function refusal(args: readonly string[]): string | null {
  const program = createProgram()
  silence(program)
  try {
    program.parse(args, { from: 'user' })
    return null
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    return code === 'commander.helpDisplayed' || code === 'commander.version' ? null : message
  }
}

function silence(command: Command): void {
  command.configureOutput({ writeOut: () => {}, writeErr: () => {}, outputError: () => {} })
  if (command.commands.length === 0) command.action(() => {})
  for (const below of command.commands) silence(below)
}
