/**
 * How jobs of some kind run: check a definition, run a try. Lanes, schedules, flows, retries and cancel treat all kinds alike. A definition of
 * kind `code` is a `Job`, which is checked by `defineJob` and runs by its own `run`; those of other kinds are stored, and a `Kind` makes them
 * into the same.
 */
import type { JobContext } from '../job/context.ts'

/** Secrets of a definition by name, in clear. */
export type Secrets = Readonly<Record<string, string>>

/** What a definition was before. */
export interface Earlier<Spec> {
  readonly spec: Spec
  /** Names of its secrets; nobody reads them again. */
  readonly secrets: readonly string[]
}

export interface Checked<Spec> {
  /** Plain JSON without secrets: stored, and shown. */
  readonly spec: Spec
  /** By name; `true` keeps the earlier one of this name. Others are gone. */
  readonly secrets: Readonly<Record<string, string | true>>
  /** A secret that was made here, to be told once; null for none. */
  readonly made: string | null
}

export interface Kind<Spec = unknown> {
  /** As it stands with a stored definition. */
  readonly name: string
  /**
   * Checks what somebody wrote.
   *
   * @param makes whether it may make secrets that nobody asked for: only where they can be kept
   * @throws RotaError that names the field below `field`
   */
  check(value: unknown, field: string, earlier: Earlier<Spec> | null, makes: boolean): Checked<Spec>
  /** What was stored, maybe by another version. @throws RotaError */
  read(spec: unknown): Spec
  /** What is shown of it. @param secrets their names */
  shown(spec: Spec, secrets: readonly string[]): Readonly<Record<string, unknown>>
  /**
   * One try. Its signal, log and progress are in the context. What it gives is the result of the job, or a `Verdict`; what it throws is a
   * failure.
   */
  run(
    definition: { readonly spec: Spec; readonly secrets: Secrets },
    input: unknown,
    context: JobContext,
  ): Promise<unknown>
}
