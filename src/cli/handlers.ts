/** `rota handlers`: what can be run. */
import type { Command } from 'commander'
import type { Globals } from './config.ts'
import type { Handler } from './office.ts'
import { printJson, printLines, say } from './output.ts'
import { fields, table } from './table.ts'
import { lasting } from './text.ts'
import { withOffice } from './with-office.ts'

interface Flags extends Globals {
  readonly json?: boolean
}

export function addHandlers(program: Command): void {
  const handlers = program.command('handlers').description('look at the definitions that can be run')
  handlers.addHelpText('after', '\nExample:\n  $ rota handlers list')
  handlers
    .command('list')
    .description('list the definitions that stand in the configuration file or that a worker has told of')
    .option('--json', 'print a JSON array')
    .addHelpText('after', '\nExample:\n  $ rota handlers list --json')
    .action(async (_, command: Command) => {
      const flags = command.optsWithGlobals<Flags>()
      await withOffice(flags, async (office) => {
        const found = await office.handlers()
        if (flags.json) return printJson(found)
        if (found.length > 0) await printLines(table(columns, found.map(row)))
        else say('no worker has told of any definition yet')
      })
    })
  handlers
    .command('show')
    .description('show a definition: its options, and the JSON Schema of its input')
    .argument('<id>', 'id of the definition')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ rota handlers show send-welcome')
    .action(async (id: string, _, command: Command) => {
      const flags = command.optsWithGlobals<Flags>()
      await withOffice(flags, async (office) => {
        const found = await office.handler(id)
        await (flags.json ? printJson(found) : printLines(fields(facts(found))))
      })
    })
}

const columns = ['ID', 'LANE', 'PRIORITY', 'RETRIES', 'TIMEOUT', 'INPUT']

const text = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? '-'))
const span = (ms: unknown): string => (typeof ms === 'number' ? lasting(ms) : '-')

const row = ({ id, options, input }: Handler): string[] => [
  id,
  text(options.lane),
  text(options.priority),
  text(options.retries),
  span(options.timeout),
  input === null ? '-' : text(input),
]

const times = ['timeout', 'expiresIn', 'keepSucceeded', 'keepFailed']

const facts = ({ id, local, options, needsCode, input }: Handler): [string, string][] => [
  ['id', id],
  ['code', local ? 'here' : 'of a worker'],
  ...Object.entries(options).map(([name, value]): [string, string] => [
    name,
    value === null ? '-' : times.includes(name) ? span(value) : text(value),
  ]),
  ...(needsCode === null ? [] : [['needs its code for', needsCode] as [string, string]]),
  ['input', input === null ? '-' : text(input)],
]
