/** `rota keys`: API keys for programs. */
import { type Command, Option } from 'commander'
import { type Role, roles } from '../api/roles.ts'
import type { Key } from '../server/people.ts'
import type { Globals } from './config.ts'
import { durationFlag, gathered } from './flags.ts'
import { print, printJson, printLines, say } from './output.ts'
import { table } from './table.ts'
import { instant } from './text.ts'
import { withOffice } from './with-office.ts'

interface Flags extends Globals {
  readonly role: Role
  readonly lane?: readonly string[]
  readonly expires?: string
  readonly json?: boolean
}

export function addKeys(program: Command): void {
  const keys = program.command('keys').description('make API keys for programs, and end them')
  keys.addHelpText('after', '\nExample:\n  $ rota keys list')
  keys
    .command('create')
    .description('make an API key and print it, this once')
    .argument('<name>', 'what it is for; shown in lists and in the audit log')
    .addOption(new Option('--role <role>', 'what it may do').choices(roles).makeOptionMandatory())
    .option('--lane <lane>', 'it may see and touch only this lane; as often as needed (default: all)', gathered)
    .option('--expires <duration>', 'it ends after this long, such as 90d (default: never)')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ rota keys create billing --role operator --lane mail --expires 90d')
    .action(async (name: string, _, command: Command) => {
      const flags = command.optsWithGlobals<Flags>()
      const { role, lane: lanes, expires } = flags
      const limits = { ...(lanes && { lanes }), ...(expires !== undefined && { expiresIn: durationFlag(expires) }) }
      await withOffice(flags, async (office) => {
        const made = await office.addKey({ name, role, ...limits })
        await (flags.json ? printJson(made) : print(`${made.key}\n`))
        say('It is shown this once. Programs send it as `Authorization: Bearer <key>`; rota takes it from ROTA_TOKEN.')
        say(`rota keys revoke ${made.id} ends it`)
      })
    })
  keys
    .command('list')
    .description('list API keys, never the keys themselves')
    .option('--json', 'print a JSON array')
    .addHelpText('after', '\nExample:\n  $ rota keys list --json')
    .action(async (_, command: Command) => {
      const flags = command.optsWithGlobals<Flags>()
      await withOffice(flags, async (office) => {
        const found = await office.keys()
        if (flags.json) return printJson(found)
        if (found.length > 0) await printLines(table(columns, found.map(row)))
        else say('there is no API key: rota keys create <name> --role <role>')
      })
    })
  keys
    .command('revoke')
    .description('end an API key, at once')
    .argument('<id>', 'id of the key')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ rota keys revoke 0f8fad5b-d9cb-469f-a165-70867728950e')
    .action(async (id: string, _, command: Command) => {
      const flags = command.optsWithGlobals<Flags>()
      await withOffice(flags, async (office) => {
        const ended = await office.revokeKey(id)
        await (flags.json ? printJson(ended) : print(`${ended.id} ${ended.status}\n`))
      })
    })
}

const columns = ['ID', 'BEGINS', 'ROLE', 'LANES', 'CREATED', 'LAST USED', 'EXPIRES', 'NAME']

const row = ({ id, prefix, role, lanes, createdAt, lastUsedAt, expiresAt, revokedAt, name }: Key): string[] => [
  id,
  prefix,
  role,
  lanes === null ? 'all' : lanes.join(' '),
  instant(createdAt),
  instant(lastUsedAt),
  revokedAt === null ? instant(expiresAt) : `revoked ${instant(revokedAt)}`,
  name,
]
