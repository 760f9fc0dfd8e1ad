/** `rota handlers`: what can be run. */
import type { Command } from 'commander'
import type { HandlerView } from '../index.ts'
import type { Globals } from './config.ts'
import { addHandlerEdits } from './edit-handlers.ts'
import { printJson, printLines, say } from './output.ts'
import { addPutHandler } from './put-handler.ts'
import { fields, table } from './table.ts'
import { instant, lasting } from './text.ts'
import { withOffice } from './with-office.ts'

interface Flags extends Globals {
  readonly json?: boolean
}

export function addHandlers(program: Command): void {
  const handlers = program
    .command('handlers')
    .description('definitions that can be run: look at them, store those that make requests')
  handlers.addHelpText('after', '\nExample:\n  $ rota handlers list')
  handlers
    .command('list')
    .description('list the definitions that are stored, stand in the configuration file, or that a worker has told of')
    .option('--json', 'print a JSON array')
    .addHelpText('after', '\nExample:\n  $ rota handlers list --json')
    .action(async (_, command: Command) => {
      const flags = command.optsWithGlobals<Flags>()
      await withOffice(flags, async (office) => {
        const found = await office.handlers.list()
        if (flags.json) return printJson(found)
        if (found.length > 0) await printLines(table(columns, found.map(row)))
        else say('no worker has told of any definition yet')
      })
    })
  handlers
    .command('show')
    .description('show a definition: its options, the request that it makes, and the JSON Schema of its input')
    .argument('<id>', 'id of the definition')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ rota handlers show send-welcome')
    .action(async (id: string, _, command: Command) => {
      const flags = command.optsWithGlobals<Flags>()
      await withOffice(flags, async (office) => {
        const found = await office.handlers.get(id)
        if (found === null) throw await office.handlerUnknown(id)
        await (flags.json ? printJson(found) : printLines(fields(facts(found))))
      })
    })
  addPutHandler(handlers)
  addHandlerEdits(handlers)
}

const columns = ['ID', 'KIND', 'STATE', 'LANE', 'PRIORITY', 'RETRIES', 'TIMEOUT', 'RUNS']

const text = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? '-'))
const span = (ms: unknown): string => (typeof ms === 'number' ? lasting(ms) : '-')

const row = ({ id, kind, enabled, options, http, input }: HandlerView): string[] => [
  id,
  kind,
  enabled ? 'enabled' : 'disabled',
  text(options.lane),
  text(options.priority),
  text(options.retries),
  span(options.timeout),
  http !== null ? `${text(http.method)} ${text(http.url)}` : input === null ? '-' : text(input),
]

const times = ['timeout', 'expiresIn', 'keepSucceeded', 'keepFailed']

function facts(one: HandlerView): [string, string][] {
  const { id, kind, local, options, needsCode, input, http } = one
  return [
    ['id', id],
    ['kind', kind],
    ...(one.version === null ? [['code', local ? 'here' : 'of a worker'] as [string, string]] : stored(one)),
    ...Object.entries(options).map(([name, value]): [string, string] => [
      name,
      value === null ? '-' : times.includes(name) ? span(value) : text(value),
    ]),
    ...(needsCode === null ? [] : [['needs its code for', needsCode] as [string, string]]),
    ...Object.entries(http ?? {}).map(([name, value]): [string, string] => [`http ${name}`, text(value)]),
    ['input', input === null ? '-' : text(input)],
  ]
}

const stored = ({
  enabled,
  version,
  owner,
  origin,
  description,
  createdAt,
  updatedAt,
}: HandlerView): [string, string][] => [
  ['state', enabled ? 'enabled' : 'disabled'],
  ['version', String(version)],
  ['made by', origin],
  ['owner', owner ?? '-'],
  ['description', description ?? '-'],
  ['created', createdAt === null ? '-' : instant(createdAt)],
  ['changed', updatedAt === null ? '-' : instant(updatedAt)],
]
