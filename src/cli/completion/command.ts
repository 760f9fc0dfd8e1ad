/** `rota completion <shell>`: prints a script that completes what can be typed. */
import { Argument, type Command } from 'commander'
import { print } from '../output.ts'
import { bashScript } from './bash.ts'
import { fishScript } from './fish.ts'
import { placesOf } from './tree.ts'
import { zshScript } from './zsh.ts'

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript }

const about = `
The script knows the commands and flags of this version, states and priorities. It completes the name rota, so rota has to
be in the PATH or an alias. To have it in every shell, add the line to ~/.bashrc, or ~/.zshrc after compinit:

Example:
  $ source <(rota completion bash)
  $ source <(rota completion zsh)
  $ rota completion fish > ~/.config/fish/completions/rota.fish`

export function addCompletion(program: Command): void {
  program
    .command('completion')
    .description('print a script that completes commands and flags in a shell')
    .addArgument(new Argument('<shell>', 'for which shell').choices(Object.keys(scripts)))
    .addHelpText('after', about)
    .action((shell: keyof typeof scripts) => print(scripts[shell](placesOf(program))))
}
