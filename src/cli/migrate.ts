import { Argument, type Command } from 'commander'
import { type Globals, withRota } from './config.ts'
import { printJson, printLines } from './output.ts'
import { table } from './table.ts'

interface Flags extends Globals {
  readonly dryRun?: boolean
  readonly json?: boolean
}

export function addMigrate(program: Command): void {
  program
    .command('migrate')
    .description('bring the tables of the storage up to date, or tell what is missing')
    .addArgument(new Argument('[action]', 'what to do').choices(['up', 'status']).default('up'))
    .option('--dry-run', 'the same as status: change nothing')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ rota migrate status --storage sqlite:rota.db')
    .action(async (action: string, _, command: Command) => {
      const flags = command.optsWithGlobals<Flags>()
      await withRota(flags, async (rota) => {
        const up = action === 'up' && flags.dryRun !== true
        const { applied, pending } = await (up ? rota.migrations.up() : rota.migrations.status())
        if (flags.json) return printJson({ applied, pending })
        const rows = [...applied.map((name) => ['applied', name]), ...pending.map((name) => ['pending', name])]
        await printLines(table(['STATE', 'MIGRATION'], rows))
      })
    })
}
