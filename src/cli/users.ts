/** `rota users`: the people who may sign in. */
import { Argument, type Command, Option } from 'commander'
import { type PersonRole, peopleRoles } from '../api/roles.ts'
import type { Person } from '../server/people.ts'
import type { Globals } from './config.ts'
import { print, printJson, printLines, say } from './output.ts'
import { readPassword } from './password.ts'
import { table } from './table.ts'
import { instant } from './text.ts'
import { withOffice } from './with-office.ts'

interface Flags extends Globals {
  readonly role?: PersonRole
  readonly name?: string
  readonly passwordStdin?: boolean
  readonly json?: boolean
}

const who = 'id or e-mail address'

export function addUsers(program: Command): void {
  const users = program.command('users').description('let people sign in, and say what they may do')
  users.addHelpText('after', '\nExample:\n  $ rota users list')
  users
    .command('list')
    .description('list the people who may sign in')
    .option('--json', 'print a JSON array')
    .addHelpText('after', '\nExample:\n  $ rota users list --json')
    .action(async (_, command: Command) => {
      const flags = command.optsWithGlobals<Flags>()
      await withOffice(flags, async (office) => {
        const found = await office.users()
        if (flags.json) return printJson(found)
        if (found.length > 0) await printLines(table(columns, found.map(row)))
        else say('nobody may sign in: rota users add <email> --role admin')
      })
    })
  users
    .command('add')
    .description('let somebody sign in, by a password that is asked for')
    .argument('<email>', 'e-mail address')
    .addOption(new Option('--role <role>', 'what the person may do (default: viewer)').choices(peopleRoles))
    .option('--name <text>', 'shown to others (default: the e-mail address)')
    .option('--password-stdin', 'read the password from stdin')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ rota users add ada@example.org --role operator')
    .action(async (email: string, _, command: Command) => {
      const flags = command.optsWithGlobals<Flags>()
      const { role = 'viewer', name } = flags
      const password = await readPassword(flags.passwordStdin === true)
      await withOffice(flags, async (office) =>
        tell(await office.addUser({ email, password, role, ...(name !== undefined && { name }) }), flags),
      )
    })
  users
    .command('set-role')
    .description('change what somebody may do; the sessions of that person end')
    .argument('<who>', who)
    .addArgument(new Argument('<role>', 'what the person may do from now on').choices(peopleRoles))
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ rota users set-role ada@example.org admin')
    .action(async (one: string, role: string, _, command: Command) => {
      const flags = command.optsWithGlobals<Flags>()
      await withOffice(flags, async (office) => tell(await office.setRole(one, role as PersonRole), flags))
    })
  users
    .command('remove')
    .description('let somebody sign in no more; sessions end at once')
    .argument('<who>', who)
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ rota users remove ada@example.org')
    .action(async (one: string, _, command: Command) => {
      const flags = command.optsWithGlobals<Flags>()
      await withOffice(flags, async (office) => {
        const gone = await office.removeUser(one)
        await (flags.json ? printJson(gone) : print(`${gone.id} ${gone.status}\n`))
      })
    })
}

const tell = (person: Person, { json }: Flags): Promise<void> =>
  json ? printJson(person) : print(`${person.id} ${person.email} ${person.role}\n`)

const columns = ['ID', 'ROLE', 'E-MAIL', 'NAME', 'SINCE']

const row = ({ id, role, email, name, createdAt }: Person): string[] => [id, role, email, name, instant(createdAt)]
