/** Where settings come from: flag > environment > configuration file > default. */
import { existsSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type ClusterOptions, createRota, type Job, type Rota, RotaError, type RotaOptions } from '../index.ts'
import { isRotaError } from '../job/errors.ts'
import { defaults } from '../job/options.ts'
import { suggest } from '../job/suggest.ts'
import { demoOptions } from './demo/options.ts'
import { allowFromOutside, type HttpAllowFlags, withAllowed } from './http-allow.ts'

export interface Globals extends HttpAllowFlags {
  readonly storage?: string
  readonly url?: string
  readonly config?: string
  readonly cluster?: string
}

export interface Settings {
  /** With `clusters`, or with a `storage`. */
  readonly options: RotaOptions
  /** What the file exports as `server`: options of createServer. */
  readonly server: object
  /** The configuration file, or null where there is none. */
  readonly file: string | null
  /** Where comes from what the file does not say: `flag --storage`, `environment ROTA_STORAGE`, `default`. */
  readonly sources: { readonly config?: string; readonly storage?: string; readonly httpAllow?: string }
  /** What `--cluster` named, where that is not the cluster a command without it works with. */
  readonly otherCluster: string | null
}

/**
 * What a command does without a configuration file: only look at the storage, know the job of the demo, refuse, or look only at a storage
 * that somebody has named, or that is there.
 */
export type WithoutFile = 'look' | 'demo' | 'refuse' | 'named'

const names = ['rota.config.ts', 'rota.config.js', 'rota.config.mjs']

export async function loadSettings(globals: Globals, without: WithoutFile = 'look'): Promise<Settings> {
  const directory = process.cwd()
  const file =
    globals.config === undefined
      ? names.map((name) => resolve(directory, name)).find((name) => existsSync(name))
      : resolve(directory, globals.config)
  if (file === undefined && without === 'refuse') throw noFile(directory)
  const own = { options: without === 'demo' ? demoOptions : {}, server: {} }
  const { options, server } = file === undefined ? own : await loadFile(file)
  const outside = storageFromOutside(globals, options)
  if (file === undefined && without === 'named' && outside?.from === 'default' && !isThere(outside.storage))
    throw noFile(directory)
  const allowed = allowFromOutside(globals, options)
  const sources = {
    ...(globals.config !== undefined && { config: 'flag --config' }),
    ...(outside !== null && { storage: outside.from }),
    ...(allowed !== null && { httpAllow: allowed.from }),
  }
  const stored = withAllowed(withStorage(options, outside?.storage), allowed)
  const asked = globals.cluster
  const otherCluster = asked !== undefined && asked !== defaultClusterOf(stored) ? asked : null
  return { options: onCluster(asked, stored), server, file: file ?? null, sources, otherCluster }
}

const isThere = (storage: string): boolean => existsSync(sqliteFile(storage) ?? '')

function noFile(directory: string): RotaError {
  const message =
    `There is no configuration file in ${directory} (${names.join(', ')}), so no job is known. ` +
    'Go to the folder that has one, name it with --config <file>, or write one: ' +
    "`export default { storage: 'sqlite:rota.db', jobs: [] }` with what defineJob gave in `jobs`. `rota dev` shows a demo without one."
  return new RotaError('config_invalid', message, { field: 'config' })
}

/** A file with clusters says where they are; then DATABASE_URL, which platforms set, is for the file to use. */
function storageFromOutside(globals: Globals, options: RotaOptions): { storage: string; from: string } | null {
  const { ROTA_STORAGE, DATABASE_URL } = process.env
  if (globals.storage !== undefined) return { storage: globals.storage, from: 'flag --storage' }
  if (ROTA_STORAGE) return { storage: ROTA_STORAGE, from: 'environment ROTA_STORAGE' }
  if (options.clusters !== undefined) return null
  if (DATABASE_URL) return { storage: DATABASE_URL, from: 'environment DATABASE_URL' }
  return options.storage ? null : { storage: defaults.storage, from: 'default' }
}

function withStorage({ clusters, defaultCluster, ...options }: RotaOptions, storage: string | undefined): RotaOptions {
  if (storage !== undefined) return { ...options, storage }
  return { ...options, ...(clusters && { clusters }), ...(defaultCluster && { defaultCluster }) }
}

/** With `--cluster` nothing is known but that one, so that everything goes there and nothing else is opened. */
function onCluster(name: string | undefined, options: RotaOptions): RotaOptions {
  if (name === undefined) return options
  const { clusters, defaultCluster: _, ...rest } = options
  const known = clusters ? Object.keys(clusters) : [defaults.cluster]
  if (!known.includes(name)) {
    const message = `--cluster: there is no cluster "${name}"${suggest(name, known) || '.'} Known: ${known.join(', ')}.`
    throw new RotaError('cluster_unknown', message, { field: 'cluster' })
  }
  const own = clusters?.[name]
  return own === undefined ? options : { ...rest, clusters: { [name]: own } }
}

/** Opens what the settings say for the length of `work`. */
export async function withRota<T>(
  globals: Globals,
  work: (rota: Rota, settings: Settings) => Promise<T>,
  without?: WithoutFile,
): Promise<T> {
  const settings = await loadSettings(globals, without)
  const rota = createRota(settings.options)
  try {
    return await work(rota, settings)
  } finally {
    await rota.stop()
  }
}

/** Every definition that the settings know, those of their profiles among them. */
export const knownJobs = ({ jobs = [], profiles = [] }: RotaOptions): readonly Job[] => [
  ...new Set([...jobs, ...profiles.flatMap(({ schedules }) => schedules.map(({ job }) => job))]),
]

/** The one cluster that a command looks at, for messages. */
export function describePlace({ options }: Settings): string {
  const name = defaultClusterOf(options)
  const known = clustersOf(options)
  return (known.find((one) => one.name === name) ?? known[0])?.place ?? describeStorage(options.storage)
}

interface KnownCluster {
  readonly name: string
  readonly mode: string
  /** That a worker serves there. */
  readonly lanes: readonly string[]
  /** Its storage, and its name where there may be others. */
  readonly place: string
}

/** Every cluster of the settings; where they only have a storage, the one of that. */
export function clustersOf({ clusters, storage, lanes, defaults: shared }: RotaOptions): KnownCluster[] {
  const served = (own: Partial<ClusterOptions> = {}) =>
    Object.keys(own.lanes ?? lanes ?? { [own.defaults?.lane ?? shared?.lane ?? defaults.lane]: 0 })
  if (clusters === undefined)
    return [{ name: defaults.cluster, mode: defaults.mode, lanes: served(), place: describeStorage(storage) }]
  return Object.entries(clusters).map(([name, spec]) => {
    const own = typeof spec === 'object' && !('claim' in spec) ? spec : { storage: spec }
    const { mode = defaults.mode, storage: place } = own
    return { name, mode, lanes: served(own), place: `${name} (${describeStorage(place)})` }
  })
}

/** The cluster of a command that names none; null where it has to. */
function defaultClusterOf({ clusters, defaultCluster }: RotaOptions): string | null {
  if (clusters === undefined) return defaults.cluster
  const known = Object.keys(clusters)
  if (defaultCluster !== undefined) return defaultCluster
  return known.includes(defaults.cluster) ? defaults.cluster : known.length === 1 ? (known[0] as string) : null
}

/** The storage for messages, without its password. */
export function describeStorage(storage: RotaOptions['storage'] = defaults.storage): string {
  if (typeof storage !== 'string') return storage.description
  const file = sqliteFile(storage)
  if (file !== null) return `sqlite:${file}`
  return URL.canParse(storage) ? withoutSecrets(new URL(storage)) : storage.replace(/:.*$/s, ':…')
}

/** The file behind a SQLite URL, or null for any other storage. */
export function sqliteFile(storage: unknown): string | null {
  if (typeof storage !== 'string' || !storage.startsWith('sqlite:')) return null
  const file = storage.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, '')
  return file === ':memory:' ? file : resolve(file)
}

function withoutSecrets(url: URL): string {
  url.password = ''
  url.search = ''
  return url.href
}

/** What a configuration file says: its default export of the jobs, and `server` of the server. */
interface Loaded {
  readonly options: RotaOptions
  readonly server: object
}

async function loadFile(file: string): Promise<Loaded> {
  const name = basename(file)
  if (!existsSync(file)) throw new RotaError('config_invalid', `There is no configuration file ${file}.`)
  let module: { readonly default?: unknown; readonly server?: unknown }
  try {
    module = await untilIdle(import(pathToFileURL(file).href))
  } catch (error) {
    if (isRotaError(error)) throw new RotaError(error.code, `${name}: ${error.message}`, { cause: error })
    throw new RotaError('config_invalid', `${name} does not load. ${whatWentWrong(error)}`, { cause: error })
  }
  const { default: options, server = {} } = module
  if (typeof server !== 'object' || server === null)
    throw new RotaError('config_invalid', `${name}: "server" is no object of options.`, { field: 'server' })
  if (typeof options === 'object' && options !== null && !Array.isArray(options)) return { options, server }
  const message = `${name} exports no options. Write \`export default defineConfig({ storage: 'sqlite:rota.db', jobs: [] })\`.`
  throw new RotaError('config_invalid', message, { field: 'default' })
}

/** Fails when nothing is left that could settle it: then the process would end without a word. */
async function untilIdle<T>(work: Promise<T>): Promise<T> {
  const idle = Promise.withResolvers<never>()
  const message = 'an `await` at the top level, of this file or of one that it imports, never ends.'
  const fail = () => idle.reject(new RotaError('config_invalid', message))
  process.once('beforeExit', fail)
  try {
    return await Promise.race([work, idle.promise])
  } finally {
    process.off('beforeExit', fail)
  }
}

/** A syntax error says where it is only in the first line of its stack. */
function whatWentWrong(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const where = error instanceof SyntaxError ? /^file:\S+:\d+/.exec(error.stack ?? '')?.[0] : undefined
  return `${error.name}: ${error.message}${where ? ` (${where})` : ''}`
}
