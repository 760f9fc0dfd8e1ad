/** Where settings come from: flag > environment > configuration file > default. */
import { existsSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createRota, type Rota, RotaError, type RotaOptions } from '../index.ts'
import { isRotaError } from '../job/errors.ts'
import { defaults } from '../job/options.ts'
import { demoOptions } from './demo/options.ts'

export interface Globals {
  readonly storage?: string
  readonly config?: string
}

export interface Settings {
  readonly options: RotaOptions & { readonly storage: NonNullable<RotaOptions['storage']> }
  /** The configuration file, or null where the jobs are the demo's. */
  readonly file: string | null
}

const names = ['rota.config.ts', 'rota.config.js', 'rota.config.mjs']

export async function loadSettings(globals: Globals, directory: string = process.cwd()): Promise<Settings> {
  const { ROTA_STORAGE, DATABASE_URL } = process.env
  const file =
    globals.config === undefined
      ? names.map((name) => resolve(directory, name)).find((name) => existsSync(name))
      : resolve(directory, globals.config)
  const options = file === undefined ? demoOptions : await loadFile(file)
  const storage = globals.storage ?? (ROTA_STORAGE || DATABASE_URL || options.storage || defaults.storage)
  return { options: { ...options, storage }, file: file ?? null }
}

/** Opens what the settings say for the length of `work`. */
export async function withRota<T>(globals: Globals, work: (rota: Rota, settings: Settings) => Promise<T>): Promise<T> {
  const settings = await loadSettings(globals)
  const rota = createRota(settings.options)
  try {
    return await work(rota, settings)
  } finally {
    await rota.stop()
  }
}

/** The storage for messages, without its password. */
export function describeStorage({ options }: Settings): string {
  const { storage } = options
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

async function loadFile(file: string): Promise<RotaOptions> {
  const name = basename(file)
  if (!existsSync(file)) throw new RotaError('config_invalid', `There is no configuration file ${file}.`)
  let module: { readonly default?: unknown }
  try {
    module = await untilIdle(import(pathToFileURL(file).href))
  } catch (error) {
    if (isRotaError(error)) throw new RotaError(error.code, `${name}: ${error.message}`, { cause: error })
    throw new RotaError('config_invalid', `${name} does not load. ${whatWentWrong(error)}`, { cause: error })
  }
  const options = module.default
  if (typeof options === 'object' && options !== null && !Array.isArray(options)) return options
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
