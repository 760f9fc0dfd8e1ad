/** `rota handlers enable | disable | delete | versions | rotate-key`. */
import type { Command } from 'commander'
import type { Globals } from './config.ts'
import { secretAt } from './http-flags.ts'
import type { Office } from './office.ts'
import { print, printJson, printLines, say } from './output.ts'
import { table } from './table.ts'
import { instant } from './text.ts'
import { withOffice } from './with-office.ts'

interface Flags extends Globals {
  readonly key?: string
  readonly json?: boolean
}

type Handlers = Office['handlers']
type Edit = (handlers: Handlers, id: string, flags: Flags) => Promise<void>

function add(handlers: Command, name: string, about: string, example: string, edit: Edit): Command {
  return handlers
    .command(name)
    .description(about)
    .argument('<id>', 'id of the definition')
    .option('--json', 'print JSON')
    .addHelpText('after', `\nExample:\n  $ rota handlers ${example}`)
    .action(async (id: string, _, command: Command) => {
      const flags = command.optsWithGlobals<Flags>()
      await withOffice(flags, (office) => edit(office.handlers, id, flags))
    })
}

const changing =
  (change: 'enable' | 'disable' | 'delete'): Edit =>
  async (handlers, id, { json }) => {
    const changed = await handlers[change](id)
    await (json ? printJson(changed) : print(`${id} ${changed.status}\n`))
  }

export function addHandlerEdits(handlers: Command): void {
  add(handlers, 'enable', 'let a stored definition be enqueued and started again', 'enable renew', changing('enable'))
  add(
    handlers,
    'disable',
    'enqueue and start nothing of a stored definition any more; what waits stays, what runs goes on',
    'disable renew',
    changing('disable'),
  )
  add(handlers, 'delete', 'remove a stored definition; its jobs stay', 'delete renew', changing('delete'))
  add(handlers, 'versions', 'list what a stored definition was, newest first', 'versions renew', versions)
  add(
    handlers,
    'rotate-key',
    'sign its requests with another key; the one before signs beside it until the next change',
    'rotate-key renew',
    rotateKey,
  ).option('--key <place>', 'the new key: env:VARIABLE, file:./path, or - for stdin (default: one is made)')
}

const columns = ['VERSION', 'AT', 'BY', 'STATE', 'DEFINITION']

async function versions(handlers: Handlers, id: string, { json }: Flags): Promise<void> {
  const found = await handlers.versions(id, { limit: 100 })
  if (json) return printJson(found)
  if (found.length === 0) return say(`${id} stands in code, of which no versions are stored`)
  const rows = found.map(({ version, at, by, enabled, definition }) => [
    String(version),
    instant(at),
    by ?? '-',
    definition === null ? 'removed' : enabled ? 'enabled' : 'disabled',
    definition === null ? '-' : JSON.stringify(definition),
  ])
  await printLines(table(columns, rows))
}

async function rotateKey(handlers: Handlers, id: string, { key, json }: Flags): Promise<void> {
  const changed = await handlers.rotateKey(id, key === undefined ? {} : { key: await secretAt(key, '--key') })
  await (json ? printJson(changed) : print(`${changed.signingKey}\n`))
  say('It is shown this once. The key before signs beside it until the next change of keys.')
}
