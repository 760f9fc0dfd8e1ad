/**
 * Locks that any process may take: a name that one owner holds at a time, for a while that it may prolong. Every storage has them,
 * and a lock service of its own, such as Redis, may stand in for the storage.
 */

/** Who wants which lock, and for how long. */
export interface LockRequest {
  /** The whole name, as it is stored. */
  readonly name: string
  /** Random, and of one attempt to take the lock: whoever knows it holds the lock. Never shown to anybody. */
  readonly owner: string
  /** Milliseconds, from when the store has the request. */
  readonly ttl: number
}

/** The three verbs of locks. Each may be asked again when its answer was lost. */
export interface LockStore {
  /**
   * Takes the lock unless another owner holds it. Gives its fencing token, which is larger than that of any earlier owner of
   * this name, whatever was released, expired or lost in between; null when another holds it. Who holds it already gets the same
   * token again, and the whole time.
   */
  lock(request: LockRequest): Promise<number | null>
  /** Gives the owner the whole time again. False when it does not hold the lock any more, and will not again. */
  renewLock(request: LockRequest): Promise<boolean>
  /** Frees the lock. False when this owner does not hold it. */
  unlock(name: string, owner: string): Promise<boolean>
}

/** A lock service in place of the storage, as `redisLocks` gives it. */
export interface Locks extends LockStore {
  /** What it is and where, without any password, for messages. */
  readonly description: string
  /** How long the locks of schedules last when nobody renews them, in milliseconds. */
  readonly scheduleTtl: number
  /** Ends what it has opened itself. */
  close(): Promise<void>
}
