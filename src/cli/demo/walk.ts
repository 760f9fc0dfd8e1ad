import { createHash } from 'node:crypto'
import type { BigIntStats } from 'node:fs'
import { lstat, opendir, stat } from 'node:fs/promises'
import { secretFileOf } from '../../engine/secret.ts'

export type Found =
  | {
      readonly kind: 'file'
      readonly path: Buffer
      /** Stays the same as long as the file does. */
      readonly fingerprint: string
    }
  | { readonly kind: 'unreadable'; readonly path: Buffer; readonly error: NodeJS.ErrnoException }

export interface WalkOptions {
  /** Names of directories that are left out wherever they are. */
  readonly skip: readonly string[]
  /** The SQLite file the jobs are stored in: it and its companions change with each job, so they are left out, and so is the secret beside it. */
  readonly store: string | null
  /** Files have other fingerprints than in another round. @default as if there were none */
  readonly round?: string
}

const atOnce = 64
/** Directories read at the same time: the walk shares threads with the handlers, and alone it would hardly get a turn. */
const sideBySide = 8
const slash = Buffer.from('/')

/**
 * All that is in a directory and below, except directories: files, links to files, dangling links, pipes, sockets,
 * devices. Names are bytes, because not every name is text. A link to a directory is not followed, so there are no
 * circles. What vanishes meanwhile is left out.
 */
export async function* walk(root: Buffer, options: WalkOptions): AsyncGenerator<Found> {
  const own = await ownFiles(options.store)
  const waiting: Buffer[] = [root]
  const enter = (path: Buffer, name: Buffer) => {
    if (!options.skip.includes(name.toString())) waiting.push(path)
  }
  const next = () => {
    const directory = waiting.pop()
    return directory && read(directory, own, enter, options.round ?? '')
  }
  for await (const batch of merge(next)) yield* batch
}

/** What is in one directory, in batches; those below it go to `enter`. */
async function* read(
  directory: Buffer,
  own: ReadonlySet<string>,
  enter: (path: Buffer, name: Buffer) => void,
  round: string,
): AsyncGenerator<Found[]> {
  try {
    for await (const names of namesIn(directory)) {
      const paths = names.map((name) => join(directory, name))
      const looked = await Promise.all(paths.map(look))
      const found: Found[] = []
      for (const [i, seen] of looked.entries()) {
        const path = paths[i] as Buffer
        if (seen === 'directory') enter(path, names[i] as Buffer)
        else if (seen !== null && !own.has(seen.identity))
          found.push({ kind: 'file', path, fingerprint: digest(path, seen.state + round) })
      }
      yield found
    }
  } catch (error) {
    yield [{ kind: 'unreadable', path: directory, error: error as NodeJS.ErrnoException }]
  }
}

async function* namesIn(directory: Buffer): AsyncGenerator<Buffer[]> {
  // The types of Node know no 'buffer' here; its documentation and its code do.
  const entries = await opendir(directory, { encoding: 'buffer' as BufferEncoding, bufferSize: atOnce })
  let names: Buffer[] = []
  for await (const entry of entries) {
    names.push(entry.name as unknown as Buffer)
    if (names.length === atOnce) {
      yield names
      names = []
    }
  }
  yield names
}

/** Reads from several generators at once, each as far as its next value. `next` gives one more to read, if there is. */
async function* merge<T>(next: () => AsyncGenerator<T> | undefined): AsyncGenerator<T> {
  type Step = { readonly from: AsyncGenerator<T>; readonly result: IteratorResult<T> }
  const reading = new Map<AsyncGenerator<T>, Promise<Step>>()
  const advance = (from: AsyncGenerator<T>) =>
    reading.set(
      from,
      from.next().then((result) => ({ from, result })),
    )
  try {
    for (;;) {
      for (let more = reading.size < sideBySide ? next() : undefined; more; )
        more = advance(more).size < sideBySide ? next() : undefined
      if (reading.size === 0) return
      const { from, result } = await Promise.race(reading.values())
      if (result.done) reading.delete(from)
      else {
        advance(from)
        yield result.value
      }
    }
  } finally {
    await Promise.all([...reading.keys()].map((from) => from.return(undefined)))
  }
}

interface Seen {
  readonly identity: string
  readonly state: string
}

async function look(path: Buffer): Promise<Seen | 'directory' | null> {
  try {
    const own = await lstat(path, { bigint: true })
    if (own.isDirectory()) return 'directory'
    if (!own.isSymbolicLink()) return { identity: identityOf(own), state: stateOf(own) }
    const target = await stat(path, { bigint: true }).catch(() => null)
    if (target?.isDirectory()) return null
    // A link changes when its target does.
    const state = target === null ? stateOf(own) : `${stateOf(own)} ${stateOf(target)}`
    return { identity: identityOf(target ?? own), state }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // It is there, but may not be looked at: its job will say why.
    return code === 'ENOENT' ? null : { identity: '', state: String(code) }
  }
}

const identityOf = (stats: BigIntStats): string => `${stats.dev}:${stats.ino}`
const stateOf = (stats: BigIntStats): string => `${stats.size} ${stats.mtimeNs} ${stats.ino}`

/** Of fixed length, because a path may be longer than an idempotency key. */
const digest = (path: Buffer, state: string): string =>
  createHash('sha256').update(path).update('\0').update(state).digest('base64url')

function join(directory: Buffer, name: Buffer): Buffer {
  return Buffer.concat(directory.at(-1) === slash[0] ? [directory, name] : [directory, slash, name])
}

async function ownFiles(store: string | null): Promise<ReadonlySet<string>> {
  if (store === null) return new Set()
  const files = [...['', '-wal', '-shm', '-journal'].map((suffix) => store + suffix), secretFileOf(`sqlite:${store}`)]
  const stats = await Promise.all(files.map((file) => lstat(file, { bigint: true }).catch(() => null)))
  return new Set(stats.filter((one) => one !== null).map(identityOf))
}
