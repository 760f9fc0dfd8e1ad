/**
 * The secret of a storage: it signs the tokens of sessions; what is derived from it, the ids of remote workers and the addresses of reports,
 * and encrypts the secrets of definitions. It stands outside of the database, so that a copy of that lets nobody in; the database has only a
 * fingerprint, to tell when two servers differ.
 */
import { createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { RotaError } from '../job/errors.ts'
import type { AccountWhere, Storage } from '../storage/contract.ts'

const shortest = 32

/**
 * @param given by the options or the environment
 * @param file where one that was made is kept, readable for its owner only
 * @throws RotaError `secret_invalid`
 */
export async function loadSecret(given: string | undefined, file: string): Promise<string> {
  if (given !== undefined) return check(given, 'secret')
  if (!existsSync(file)) {
    try {
      await writeFile(file, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw unwritable(file, error) // another server was faster
    }
  }
  return check((await readFile(file, 'utf8')).trim(), `the file ${file}`)
}

function check(secret: string, where: string): string {
  if (secret.length >= shortest) return secret
  const message = `${where}: a secret has at least ${shortest} characters. Make one with \`openssl rand -base64 32\`.`
  throw new RotaError('secret_invalid', message, { field: 'secret' })
}

const unwritable = (file: string, cause: unknown) =>
  new RotaError(
    'secret_invalid',
    `The server cannot keep its secret in ${file}. Set ROTA_SECRET to a text of at least ${shortest} characters.`,
    { field: 'secret', cause },
  )

/** A key for one purpose; who has it learns nothing of the others. */
export const derivedKey = (secret: string, purpose: string): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', secret, '', `rota:${purpose}`, 32))

const fingerprintOf = (secret: string): string =>
  createHmac('sha256', derivedKey(secret, 'fingerprint')).update('rota').digest('base64url')

const ofSecret: readonly AccountWhere[] = [{ column: 'name', is: 'eq', value: 'secret' }]

/**
 * All servers of a storage have the same secret: tokens of one are good at the other.
 *
 * @throws RotaError `secret_invalid`
 */
export async function sameSecret(
  storage: Pick<Storage, 'accounts'>,
  secret: string,
  { now, replace }: { readonly now: number; readonly replace: boolean },
): Promise<void> {
  const value = fingerprintOf(secret)
  const row = { name: 'secret', value, updated_at: now }
  if (replace) await storage.accounts({ do: 'delete', table: 'settings', where: ofSecret })
  const [created] = await storage.accounts({ do: 'create', table: 'settings', row, unlessTaken: true })
  if (created !== undefined) return
  const [known] = await storage.accounts({
    do: 'find',
    table: 'settings',
    where: ofSecret,
  })
  if (known?.value === value) return
  const message =
    'This server has another secret than the one that was here before. Set ROTA_SECRET (or give the same secret file) to all servers of a storage. To begin anew, which ends all sessions and makes stored secrets of HTTP jobs and open addresses of reports worthless: `rota serve --new-secret`.'
  throw new RotaError('secret_invalid', message, { field: 'secret' })
}

/** Beside the SQLite file, else in the working directory. */
export function secretFileOf(description: string): string {
  const file = sqliteFileOf(description)
  return file === null ? resolve('rota.secret') : join(dirname(resolve(file)), 'rota.secret')
}

const sqliteFileOf = (description: string): string | null => /^sqlite:(?!:memory:)(.+)$/.exec(description)?.[1] ?? null

/** Where the secret of a cluster comes from: the options, the server that runs in this process, the environment, the file beside the database. */
export class Secret {
  readonly #given: string | undefined
  readonly #storage: () => Promise<Pick<Storage, 'description' | 'accounts'>>
  #adopted: string | undefined
  #made: string | undefined
  #used: string | undefined

  constructor(given: string | undefined, storage: () => Promise<Pick<Storage, 'description' | 'accounts'>>) {
    this.#given = given
    this.#storage = storage
  }

  /** The server of this process has this one. @throws RotaError `secret_invalid` where another was used already */
  adopt(secret: string): void {
    if (this.#used !== undefined && this.#given === undefined && this.#used !== secret) throw usedAlready()
    this.#adopted = secret
  }

  /**
   * A key for one purpose.
   *
   * @param make a secret where there is none: in a file beside a SQLite file, or for this process where the storage is in its memory
   * @throws RotaError `secret_missing`, `secret_invalid`
   */
  async key(purpose: string, make: boolean): Promise<Uint8Array> {
    const secret = await this.#read(make)
    if (secret !== this.#used) await this.#checkKnown(secret)
    this.#used = secret
    return derivedKey(secret, purpose)
  }

  /** A server has left the fingerprint of its secret: what is encrypted with another one, nobody else could read. */
  async #checkKnown(secret: string): Promise<void> {
    const storage = await this.#storage()
    const [known] = await storage.accounts({ do: 'find', table: 'settings', where: ofSecret })
    if (known !== undefined && known.value !== fingerprintOf(secret)) throw another()
  }

  async #read(make: boolean): Promise<string> {
    const known = this.#given ?? this.#adopted ?? process.env.ROTA_SECRET ?? this.#made
    if (known !== undefined) return check(known, 'secret')
    const { description } = await this.#storage()
    const file = secretFileOf(description)
    if (existsSync(file) || (make && sqliteFileOf(description) !== null)) return loadSecret(undefined, file)
    // What is made here is lost with the process, so it is for a storage that is lost with it, too.
    if (sqliteFileOf(description) !== null || !description.startsWith('sqlite:')) throw missing()
    this.#made = randomBytes(32).toString('base64url')
    return this.#made
  }
}

const another = () =>
  new RotaError(
    'secret_invalid',
    'This process has another secret than the servers of this storage. Set ROTA_SECRET, or `secret` of createRota, to theirs.',
    { field: 'secret' },
  )

const usedAlready = () =>
  new RotaError(
    'secret_invalid',
    'This process has used another secret already. Give createRota and createServer the same, or only createRota one.',
    { field: 'secret' },
  )

const missing = () =>
  new RotaError(
    'secret_missing',
    'Secret headers, signing keys and addresses of reports need a secret, the same in all processes of a storage: set ROTA_SECRET, or `secret` of createRota.',
    { field: 'secret' },
  )
