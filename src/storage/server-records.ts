/**
 * What a storage keeps for people and programs that come by the server: who they are, what they did, what workers have published of
 * their jobs, and counts for charts. Times are milliseconds since 1970 by the clock of the database.
 */
import type { State } from '../job/states.ts'

// --- who did what

/** Who asks for a change. */
export interface Actor {
  /** A person who signed in, an API key, the person at this machine without sign-in, or somebody at the command line with the storage itself. */
  readonly kind: 'user' | 'key' | 'local' | 'cli' | 'nobody'
  /** Of the user or the key; '' for others. */
  readonly id: string
  /** For people: an e-mail address, the name of a key. */
  readonly name: string
}

/** Who asks, from where, for what. */
export interface AuditBy {
  readonly actor: Actor
  /** Of the network; null where there is none. */
  readonly address: string | null
  /** Id of the operation: `jobs.cancel`. */
  readonly action: string
}

/** An entry of the audit log, to be written. */
export interface NewAuditEntry extends AuditBy {
  /** What it was done to: `job:<id>`, `lane:mail`, `schedule:daily`, `user:<id>`; '' for nothing in particular. */
  readonly target: string
  readonly outcome: 'done' | 'denied' | 'failed'
  /** JSON text of what changed, as it was and as it is; null for nothing. Secrets never stand in it. */
  readonly before: string | null
  readonly after: string | null
}

/** An entry of the audit log. */
export interface AuditRecord extends NewAuditEntry {
  /** Grows with each entry. */
  readonly id: number
  readonly at: number
}

/** Which entries of the audit log; null for any. */
export interface AuditQuery {
  /** Name of the actor, as a whole. */
  readonly actor: string | null
  /** An action, or all of a kind where it ends with a dot: `jobs.`. */
  readonly action: string | null
  /** The target as a whole, or all of a kind where it ends with a colon: `job:`. */
  readonly target: string | null
  readonly outcome: NewAuditEntry['outcome'] | null
  /** Not before this instant. */
  readonly since: number | null
  /** Only ids below this one. */
  readonly before: number | null
  readonly limit: number
}

// --- small tables: users, sessions, keys, settings

/** Tables of few rows that are looked up by a column. Which columns each has: `sql/accounts.ts`. */
export type AccountTable = 'users' | 'sessions' | 'accounts' | 'verifications' | 'api_keys' | 'settings'

/** What a column of a small table holds. */
export type AccountValue = string | number | null

/** A row of a small table, by column. */
export type AccountRow = Readonly<Record<string, AccountValue>>

/**
 * One condition; several are joined by `and`, those of one `or` group by `or`. Null is found by `eq`, what is not null by `ne`; any other
 * condition but `not_in []` leaves null out.
 */
export interface AccountWhere {
  readonly column: string
  readonly is: 'eq' | 'ne' | 'lt' | 'lte' | 'gt' | 'gte' | 'in' | 'not_in' | 'contains' | 'starts_with' | 'ends_with'
  readonly value: AccountValue | readonly string[] | readonly number[]
  /** It belongs to the group of alternatives, of which one has to hold. @default false */
  readonly or?: boolean
  /** A–Z and a–z are the same. @default false */
  readonly anyCase?: boolean
}

/** What is done to a small table. Changes write `audit` in their transaction, if they change at least one row. */
export type AccountCall =
  | {
      readonly do: 'find'
      readonly table: AccountTable
      readonly where: readonly AccountWhere[]
      readonly sort?: { readonly column: string; readonly descending: boolean }
      readonly limit?: number
      readonly offset?: number
    }
  /** Gives one row with the column `count`. */
  | { readonly do: 'count'; readonly table: AccountTable; readonly where: readonly AccountWhere[] }
  /** Fails where the key is taken. With `unlessTaken` gives no row then. */
  | {
      readonly do: 'create'
      readonly table: AccountTable
      readonly row: AccountRow
      readonly unlessTaken?: boolean
      readonly audit?: readonly NewAuditEntry[]
    }
  /** Gives the rows as they are afterwards. */
  | {
      readonly do: 'update'
      readonly table: AccountTable
      readonly where: readonly AccountWhere[]
      readonly set: AccountRow
      readonly audit?: readonly NewAuditEntry[]
    }
  /** Gives the rows that are gone. */
  | {
      readonly do: 'delete'
      readonly table: AccountTable
      readonly where: readonly AccountWhere[]
      readonly audit?: readonly NewAuditEntry[]
    }

// --- what workers publish

/** What a worker tells of a job that it knows, so that others can store jobs of it without its code. */
export interface ManifestRecord {
  /** Id of the definition. */
  readonly job: string
  /** JSON text; `engine/manifest.ts` writes and reads it. */
  readonly manifest: string
}

// --- counts

/** What one worker counted in one minute, or all of them in a minute or an hour. */
export interface CounterRow {
  readonly span: 'minute' | 'hour'
  /** When it began. */
  readonly at: number
  /** Id of the worker; '' where those of several are added up. */
  readonly worker: string
  /** JSON text; `engine/counters.ts` writes, reads and adds it up. */
  readonly data: string
}

/** How many jobs are in each state; a number is not counted beyond the limit of the call. */
export type StateCounts = Readonly<Record<State, number>>
