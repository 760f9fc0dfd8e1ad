/**
 * Definitions that people store, and what targets report that answer later. Times are milliseconds since 1970 by the clock of the
 * database.
 */

/** A definition that stands in the storage and not in the code of a worker. */
export interface DefinitionRecord {
  /** What stored jobs refer to. */
  readonly id: string
  /** How it runs: `http`. */
  readonly kind: string
  /** JSON text without secrets; `engine/stored-definition.ts` writes and reads it. */
  readonly data: string
  /** JSON text of sealed secrets; null for none. */
  readonly secrets: string | null
  /** Whether it may be started and stored. */
  readonly enabled: boolean
  readonly owner: string | null
  /** Where it was made. */
  readonly origin: 'code' | 'api' | 'cli' | 'portal'
  /** Grows with each change, and never falls. */
  readonly version: number
  readonly createdAt: number
  readonly updatedAt: number
}

/** What a definition shall be, if it is still in the version that was seen. */
export interface DefinitionSave {
  readonly id: string
  /** Null where there was none. */
  readonly seen: number | null
  /** Null removes it. */
  readonly next: Pick<DefinitionRecord, 'kind' | 'data' | 'secrets' | 'enabled' | 'owner' | 'origin'> | null
}

/** What a definition was. */
export interface DefinitionVersion {
  readonly version: number
  readonly at: number
  /** Name of whoever made it so; null where nobody said. */
  readonly by: string | null
  readonly enabled: boolean
  /** As in the record; null where it was removed. */
  readonly data: string | null
}

/** A try whose target has taken the work and tells later what came of it. */
export interface AwaitedReport {
  /** Id of the job. */
  readonly job: string
  /** Of the start that sent it. */
  readonly fence: number
  readonly attempt: number
  /** When it is given up; null where the report came before its worker told that it waits. */
  readonly until: number | null
  /** JSON text of what was reported; null before. */
  readonly outcome: string | null
}

/** What became of a report. */
export interface Reported {
  /** `repeated`: an earlier report counts. `gone`: nobody waits for it (any more). */
  readonly status: 'taken' | 'repeated' | 'gone'
  /** The worker has said that it waits and has the job still in its hands, so it could not be woken: report again in a moment. */
  readonly held: boolean
}
