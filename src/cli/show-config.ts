/** `rota config show`: what is in effect, and where each of it comes from. */
import { basename } from 'node:path'
import type { Command } from 'commander'
import { createRota, type RotaOptions } from '../index.ts'
import { defaultTable, showDefault } from '../job/default-table.ts'
import { defaults } from '../job/options.ts'
import { describeStorage, type Globals, knownJobs, loadSettings, type Settings } from './config.ts'
import { printJson, printLines } from './output.ts'
import { table } from './table.ts'
import { withoutPasswords } from './text.ts'

interface Flags extends Globals {
  readonly json?: boolean
}

interface Row {
  readonly setting: string
  readonly value: unknown
  readonly from: string
}

export function addConfig(program: Command): void {
  const config = program.command('config').description('look at the settings')
  config.addHelpText('after', '\nExample:\n  $ rota config show')
  config
    .command('show')
    .description('print every setting and where it comes from, without passwords; opens nothing')
    .option('--json', 'print a JSON array')
    .addHelpText('after', '\nExample:\n  $ ROTA_STORAGE=sqlite:other.db rota config show')
    .action(async (_, command: Command) => {
      const flags = command.optsWithGlobals<Flags>()
      const settings = await loadSettings(flags)
      await createRota(settings.options).stop() // checks them all
      const rows = rowsOf(settings)
      if (flags.json) return printJson(rows)
      const cells = rows.map(({ setting, value, from }) => [setting, inWords(value), from])
      await printLines(table(['SETTING', 'VALUE', 'FROM'], cells))
    })
}

function rowsOf(settings: Settings): Row[] {
  const { options, file } = settings
  const fromFile = file === null ? 'default' : basename(file)
  const plain = Object.entries(defaultTable).flatMap(([key, { unit, places }]): Row[] => {
    const path = places.createRota
    if (path === undefined || ['storage', 'defaultCluster'].includes(path)) return []
    const name = path.replace('.<lane>', '')
    const given = valueAt(options, name)
    if (given !== undefined) return [{ setting: name, value: shown(given), from: fromFile }]
    const own = defaults[key as keyof typeof defaults]
    const value = name === 'lanes' ? { [options.defaults?.lane ?? defaults.lane]: own } : own
    return [{ setting: name, value: unit === 'ms' ? unquoted(showDefault(value, unit)) : value, from: 'default' }]
  })
  const { profiles = [], middleware = [], services = {}, locks } = options
  const lists: readonly (readonly [keyof RotaOptions, unknown])[] = [
    ['jobs', knownJobs(options).map(({ id }) => id)],
    ['profiles', profiles.map(({ name }) => name)],
    ['services', Object.keys(services)],
    ['middleware', middleware.length],
    ['locks', locks?.description ?? 'the storage'],
  ]
  return [
    { setting: 'config', value: file, from: settings.sources.config ?? 'default' },
    ...storageRows(settings, fromFile),
    httpRow(settings, fromFile),
    ...lists.map(([setting, value]) => ({
      setting,
      value,
      from: options[setting] === undefined ? 'default' : fromFile,
    })),
    ...plain,
  ]
}

function storageRows({ options, sources }: Settings, fromFile: string): Row[] {
  const from = sources.storage ?? fromFile
  if (options.clusters === undefined) return [{ setting: 'storage', value: describeStorage(options.storage), from }]
  return Object.entries(options.clusters).flatMap(([name, spec]): Row[] => {
    const own = typeof spec === 'object' && !('claim' in spec) ? spec : { storage: spec }
    const { storage, ...rest } = own
    const setting = `clusters.${name}`
    return [
      { setting: `${setting}.storage`, value: describeStorage(storage), from },
      {
        setting: `${setting}.mode`,
        value: defaults.mode,
        from: 'default',
        ...('mode' in rest && { value: rest.mode, from }),
      },
      ...Object.entries(rest)
        .filter(([key]) => key !== 'mode')
        .map(([key, value]) => ({ setting: `${setting}.${key}`, value: shown(value), from })),
    ]
  })
}

function httpRow({ options: { http }, sources }: Settings, fromFile: string): Row {
  const value = http === false ? 'no requests' : (http?.allow ?? [])
  const said = http === false || http?.allow !== undefined
  return { setting: 'http.allow', value, from: sources.httpAllow ?? (said ? fromFile : 'default') }
}

const valueAt = (options: object, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>(
      (inner, key) => (inner === 'none' ? inner : (inner as Record<string, unknown> | undefined)?.[key]),
      options,
    )

/** As JSON can hold it; nothing in it is a secret, but a text may look like one. */
function shown(value: unknown): unknown {
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'string') return withoutPasswords(value)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, own]) => [key, shown(own)]))
}

const unquoted = (text: string): string => text.replaceAll("'", '')
const inWords = (value: unknown): string =>
  typeof value === 'string' ? value : value === null ? '-' : JSON.stringify(value)
