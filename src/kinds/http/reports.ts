/** Targets that answer later, as a try sees them. */
import type { JobContext, Verdict } from '../../job/context.ts'

/** How a try waits for what its target tells later. */
export interface Reports {
  /** What was told of the present try, or that nothing was in time; null where nothing was sent yet, or somebody wants it sent again. */
  told(context: JobContext, clean: Clean): Promise<Told | null>
  /** What was told while the request was under way; null for nothing. */
  early(context: JobContext, clean: Clean): Promise<Told | null>
  /** Where the target is to tell it. */
  address(context: JobContext): Promise<string>
  /** The target has taken the work: what it told meanwhile, or the verdict to wait for it so many milliseconds. */
  wait(context: JobContext, within: number, clean: Clean): Promise<Told>
}

/** Takes secrets out of what a target tells: any JSON. */
export type Clean = (value: unknown) => unknown

/** A result, or what else is to become of the job. */
export type Told = { readonly output: unknown } | Verdict
