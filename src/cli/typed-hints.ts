/** What people type who know another command line, with what to type here. */
import { filterKeys } from '../job/filter.ts'

type Table = Readonly<Record<string, string>>

const all = (words: readonly string[], command: string): Table =>
  Object.fromEntries(words.map((word) => [word, command]))

/** Commands by the group they were looked for in. */
const commands: Readonly<Record<string, Table>> = {
  rota: {
    ...Object.fromEntries(
      [
        'list',
        'show',
        'wait',
        'explain',
        'logs',
        'cancel',
        'retry',
        'run',
        'reschedule',
        'update',
        'delete',
        'purge',
      ].map((name) => [name, `rota jobs ${name}`]),
    ),
    ...all(['ls', 'job'], 'rota jobs list'),
    ...all(['status', 'info', 'get', 'inspect', 'describe'], 'rota jobs show <id>'),
    ...all(['rm', 'remove'], 'rota jobs delete'),
    version: 'rota --version',
    ...all(['add', 'push', 'create', 'submit'], 'rota enqueue'),
    ...all(['start', 'work', 'serve'], 'rota worker'),
    ...all(['pause', 'resume'], 'rota lanes|schedules pause|resume'),
    ...all(['schedule', 'recurring', 'crontab', 'crons'], 'rota schedules list|put'),
    ...Object.fromEntries(['trigger', 'next', 'history', 'backfill'].map((name) => [name, `rota schedules ${name}`])),
    ...all(['queues', 'queue', 'lane'], 'rota lanes list'),
    ...all(['cluster', 'clusters', 'settings'], 'rota config show'),
    ...all(['definitions', 'handler', 'functions'], 'rota handlers list'),
    ...all(['people', 'user'], 'rota users list'),
    ...all(['key', 'tokens', 'login'], 'rota keys create <name>'),
    demo: 'rota dev',
  },
  jobs: {
    ...all(['ls', 'find', 'search'], 'rota jobs list'),
    ...all(['get', 'status', 'info', 'inspect', 'describe'], 'rota jobs show <id>'),
    ...all(['log', 'tail'], 'rota jobs logs'),
    ...all(['rm', 'remove'], 'rota jobs delete'),
    ...all(['enqueue', 'add', 'create', 'push'], 'rota enqueue'),
    ...all(['stop', 'abort', 'kill'], 'rota jobs cancel'),
    why: 'rota jobs explain <id>',
    ...all(['edit', 'set', 'change'], 'rota jobs update'),
  },
  schedules: {
    ...all(['ls', 'find'], 'rota schedules list'),
    ...all(['get', 'status', 'info', 'inspect', 'describe'], 'rota schedules show <id>'),
    ...all(['add', 'create', 'set', 'update', 'edit', 'enqueue'], 'rota schedules put'),
    ...all(['rm', 'remove'], 'rota schedules delete'),
    ...all(['run', 'fire', 'start'], 'rota schedules trigger'),
    ...all(['stop', 'disable', 'suspend'], 'rota schedules pause'),
    ...all(['enable', 'unpause', 'continue'], 'rota schedules resume'),
    ...all(['runs', 'log', 'logs', 'skips'], 'rota schedules history'),
    ...all(['preview', 'upcoming'], 'rota schedules next'),
    ...all(['catchup', 'catch-up', 'replay'], 'rota schedules backfill'),
  },
  workers: { ...all(['ls', 'show'], 'rota workers list'), ...all(['stop', 'pause'], 'rota workers drain') },
  users: {
    ...all(['ls', 'show'], 'rota users list'),
    ...all(['create', 'invite'], 'rota users add'),
    ...all(['rm', 'delete'], 'rota users remove'),
  },
  keys: {
    ...all(['ls', 'show'], 'rota keys list'),
    ...all(['add', 'new'], 'rota keys create'),
    ...all(['rm', 'remove', 'delete'], 'rota keys revoke'),
  },
  audit: all(['ls', 'log', 'show'], 'rota audit list'),
  handlers: all(['ls'], 'rota handlers list'),
  config: all(['get', 'list', 'print'], 'rota config show'),
}

/** Flags by command; `''` is every command. */
const flags: Readonly<Record<string, Table>> = {
  '': {
    '--database': '--storage',
    '--db': '--storage',
    '--server': '--url',
    '--token': 'the environment variable ROTA_TOKEN, which nobody else sees',
    '-v': '--version',
    '--output': '--json',
  },
  enqueue: {
    '--input': '--data',
    '--payload': '--data',
    '--delay': '--in',
    '--run-at': '--at',
    '--queue': '--lane',
    '--attempts': '--retries, the tries after the first',
    '--max-retries': '--retries',
    '--parent': '--after',
    '--depends-on': '--after',
    '--idempotency-key': '--key',
    '--ttl': '--expires-in',
    '--meta': '--metadata',
    '--retention': '--keep-succeeded and --keep-failed',
  },
  put: {
    ...all(['--timezone', '--zone'], '--tz'),
    ...all(['--input', '--payload'], '--data'),
    ...all(['--interval', '--in'], '--every'),
    ...all(['--daily', '--at'], '--daily-at'),
    '--expression': '--when',
    '--exclude': '--exclude-dates, --exclude-weekdays, --exclude-cron or --outside',
    '--between': '--outside',
    ...all(['--start', '--from'], '--starts-at'),
    ...all(['--end', '--until', '--to'], '--ends-at'),
    '--concurrency': '--overlap',
    '--without-overlapping': '--overlap skip',
    '--catch-up': '--misfire',
    '--queue': '--lane',
    '--name': '--description',
  },
  cron: { ...all(['--timezone', '--zone'], '--tz'), ...all(['--limit', '-n', '--next'], '--count') },
  next: all(['--limit', '-n'], '--count'),
  backfill: { '--since': '--from', '--until': '--to' },
  worker: {
    '--concurrency': '`lanes: { default: 20 }` in the configuration file',
    '--lane': '`lanes: { mail: 5 }` in the configuration file',
    '--lanes': '`lanes: { mail: 5 }` in the configuration file',
    '--queue': '`lanes: { mail: 5 }` in the configuration file',
    '--poll': '`poll` in the configuration file',
    '--timeout': '--grace',
  },
}

/** What a mistake in the command line most likely meant, or nothing. @param args without the interpreter and the script */
export function hintFor(code: string, message: string, args: readonly string[]): string {
  const typed = /'([^']*)'/.exec(message)?.[1] ?? ''
  if (code === 'commander.unknownCommand') return commandHint(typed, args)
  return code === 'commander.unknownOption' ? flagHint(typed, args) : ''
}

function commandHint(typed: string, args: readonly string[]): string {
  const before = args[args.indexOf(typed) - 1] ?? ''
  const table = commands[before] ?? commands.rota
  const meant = table && Object.hasOwn(table, typed) ? table[typed] : undefined
  return meant === undefined ? '' : `did you mean \`${meant}\`?`
}

function flagHint(typed: string, args: readonly string[]): string {
  const [flag = '', value] = typed.split('=')
  const key = flag.replace(/^--/, '')
  if (args.includes('jobs') && (args.includes('list') || args.includes('purge'))) {
    const next = value ?? args[args.indexOf(typed) + 1]
    if (key === 'filter') return 'a filter is written without it: `state:failed`'
    if (Object.hasOwn(filterKeys, key)) return `write ${key}:${next?.startsWith('-') ? '…' : (next ?? '…')}`
  }
  for (const command of [...args.filter((arg) => Object.hasOwn(flags, arg)), '']) {
    const table = flags[command]
    if (table && Object.hasOwn(table, flag)) return `use ${table[flag]}`
  }
  return ''
}
