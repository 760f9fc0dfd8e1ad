/** `rota audit`: who did what. */
import type { Command } from 'commander'
import { parseDuration } from '../job/duration.ts'
import type { Globals } from './config.ts'
import { instantFlag, numberFlag } from './flags.ts'
import type { AuditEntry } from './office.ts'
import { printJson, printLines, say } from './output.ts'
import { table } from './table.ts'
import { instant } from './text.ts'
import { withOffice } from './with-office.ts'

interface Flags extends Globals {
  readonly actor?: string
  readonly action?: string
  readonly target?: string
  readonly since?: string
  readonly limit?: string
  readonly cursor?: string
  readonly json?: boolean
}

export function addAudit(program: Command): void {
  const audit = program.command('audit').description('look at who did what')
  audit.addHelpText('after', '\nExample:\n  $ rota audit list')
  audit
    .command('list')
    .description('list what people and keys did, newest first')
    .option('--actor <name>', 'only by this e-mail address or key')
    .option('--action <action>', 'only this, such as jobs.cancel, or jobs. for all of a kind')
    .option('--target <target>', 'only on this, such as job:<id>, or lane: for all of a kind')
    .option('--since <when>', 'only from this instant on, or of the last 1d')
    .option('--limit <n>', 'at most this many, from 1 to 1000 (default: 50)')
    .option('--cursor <id>', 'go on below this id, as the command tells it')
    .option('--json', 'print a JSON array, with what was there before and after')
    .addHelpText('after', '\nExample:\n  $ rota audit list --action jobs. --since 1d')
    .action(async (_, command: Command) => {
      const flags = command.optsWithGlobals<Flags>()
      const { actor, action, target, since, limit, cursor } = flags
      const filter = {
        ...(actor !== undefined && { actor }),
        ...(action !== undefined && { action }),
        ...(target !== undefined && { target }),
        ...(since !== undefined && { since: sinceFlag(since) }),
        ...(limit !== undefined && { limit: numberFlag(limit) }),
        ...(cursor !== undefined && { cursor: numberFlag(cursor) }),
      }
      await withOffice(flags, async (office) => {
        const { entries, next } = await office.audit(filter)
        if (flags.json) await printJson(entries)
        else if (entries.length > 0) await printLines(table(columns, entries.map(row)))
        if (entries.length === 0) say('nothing of the kind was done')
        if (next !== null) say(`there may be more: --cursor ${next}`)
      })
    })
}

/** An instant, or how long ago. */
function sinceFlag(text: string): string {
  if (!/^\d+[a-z]+$/i.test(text)) return instantFlag(text, '--since')
  return new Date(Date.now() - parseDuration(text, '--since')).toISOString()
}

const columns = ['AT', 'WHO', 'FROM', 'ACTION', 'OUTCOME', 'TARGET', 'CHANGED']

const row = ({ at, actor, address, action, outcome, target, after }: AuditEntry): string[] => [
  instant(at),
  actor.name || actor.kind,
  address ?? '-',
  action,
  outcome,
  target || '-',
  after === null || after === undefined ? '' : JSON.stringify(after),
]
