/** What the ledger knows of jobs that wait for others, and what the end of some means for them. */
import type { OnParentFail } from '../../src/job/parents.ts'
import type { State } from '../../src/job/states.ts'
import type { Followed } from '../../src/storage/contract.ts'
import type { Entry, Ledger } from './ledger.ts'

export interface Link {
  readonly parent: string
  readonly child: string
  readonly onFail: OnParentFail
  open: boolean
}

export class Links {
  #all: Link[] = []
  /** Jobs that others had to wait for at some time; what they end with is kept. */
  readonly awaited = new Set<string>()

  get all(): readonly Link[] {
    return this.#all
  }

  add(link: Link): void {
    this.#all.push(link)
    if (link.open) this.awaited.add(link.parent)
  }

  ofParent(id: string): Link[] {
    return this.#all.filter(({ parent }) => parent === id)
  }

  ofChild(id: string): Link[] {
    return this.#all.filter(({ child }) => child === id)
  }

  waits(child: string): boolean {
    return this.#all.some((link) => link.child === child && link.open)
  }

  /** A job is gone, and with it all its edges. */
  remove(id: string): void {
    this.#all = this.#all.filter(({ parent, child }) => parent !== id && child !== id)
    this.awaited.delete(id)
  }
}

/** Said once more, so that an error in the table of the library is found. */
const accepts = (onFail: OnParentFail, state: Entry['state']): boolean => state === 'succeeded' || onFail === 'run'

export const stateOf = ({ state, ready, blocked }: Entry): State =>
  state !== 'waiting' ? state : blocked ? 'blocked' : ready ? 'ready' : 'scheduled'

/** A job waits for no other any more. */
export function release(ledger: Ledger, entry: Entry): void {
  entry.blocked = false
  entry.dueAt = Math.max(entry.dueAt, ledger.now)
  entry.ready = entry.dueAt <= ledger.now
  ledger.count('released')
}

/** Jobs have ended: closes their edges, and releases or ends those that waited. */
export function follow(ledger: Ledger, ended: readonly Entry[]): { released: number; cancelled: string[] } {
  const followed = { released: 0, cancelled: [] as string[] }
  for (let level = ended; level.length > 0; ) {
    const refused = new Set<Entry>()
    for (const { parent, link } of level.flatMap((entry) =>
      ledger.links.ofParent(entry.id).map((one) => ({ parent: entry, link: one })),
    )) {
      const child = ledger.entries.get(link.child)
      if (!link.open) continue
      if (accepts(link.onFail, parent.state)) {
        link.open = false
        if (child?.blocked !== true || ledger.links.waits(child.id)) continue
        release(ledger, child)
        followed.released++
      } else if (link.onFail === 'cancel' && child?.blocked === true) refused.add(child)
    }
    for (const child of refused) {
      ledger.end(child, 'cancelled', 'parent_failed')
      ledger.count('cancelledWithParent')
      followed.cancelled.push(child.id)
    }
    level = [...refused]
  }
  return followed
}

/** What the storage told of it must be so. */
export function checkFollowed(ledger: Ledger, told: Followed, own: ReturnType<typeof follow>): void {
  const ids = (list: readonly string[]) => list.toSorted().join()
  const same = told.released === own.released && ids(told.cancelled.map(({ id }) => id)) === ids(own.cancelled)
  const say = (released: number, cancelled: readonly string[]) => `${released} released, [${cancelled}] cancelled`
  ledger.check(
    same,
    'I6 followed',
    () =>
      `${say(
        told.released,
        told.cancelled.map(({ id }) => id),
      )}; it is ${say(own.released, own.cancelled)}`,
  )
}

/** Writes the edges of jobs that were just stored, and does what follows from parents that are over. */
export function link(
  ledger: Ledger,
  stored: readonly { readonly id: string; readonly parents: readonly { id: string; onFail: OnParentFail }[] }[],
): void {
  const refused: Entry[] = []
  for (const { id, parents } of stored) {
    const entry = ledger.entries.get(id) as Entry
    let fails = false
    for (const { id: parent, onFail } of parents) {
      const before = ledger.entries.get(parent)
      // What is gone counted by its key, and left nothing: it has succeeded.
      const over = before === undefined || before.finishedAt !== null
      const open = !(over && accepts(onFail, before?.state ?? 'succeeded'))
      ledger.links.add({ parent, child: id, onFail, open })
      fails ||= over && open && onFail === 'cancel'
    }
    if (fails) refused.push(entry)
    else if (parents.length > 0 && !ledger.links.waits(id)) release(ledger, entry)
    if (ledger.links.waits(id)) ledger.count('blocked')
  }
  for (const entry of refused) ledger.end(entry, 'cancelled', 'parent_failed')
  follow(ledger, refused)
}

/** Somebody let it run again, and it is for one worker only that is gone. */
export const isForNobody = (ledger: Ledger, { lane, state, retried, expiresAt }: Entry): boolean =>
  lane.startsWith('@') && state === 'waiting' && retried && expiresAt === null && ledger.serving(lane).length === 0

/**
 * Why a blocked job that is left when nothing happens any more may be there: a parent ended without success, and its edge says
 * to wait, or the job was retried since then; or a parent is blocked, with good reason. Null where there is none.
 */
export function holder(ledger: Ledger, entry: Entry): string | null {
  for (const { parent, onFail, open } of ledger.links.ofChild(entry.id)) {
    const before = ledger.entries.get(parent)
    if (!open || before === undefined) continue
    if (before.finishedAt === null) {
      if (isForNobody(ledger, before) || (before.blocked && holder(ledger, before) !== null)) return parent
    } else if (!accepts(onFail, before.state) && (onFail === 'wait' || entry.retried)) return parent
  }
  return null
}
