/** What a handler tells while it runs: lines of log, and how far it is. */

export const logLevels = Object.freeze(['debug', 'info', 'warn', 'error'] as const)
/** How much a line of log matters. */
export type LogLevel = (typeof logLevels)[number]

/** Kept with the job, also when it is over, and shown with the attempt it belongs to. */
export type JobLog = {
  /**
   * @param data flat or nested JSON; what JSON cannot hold is written as text. A line is cut after 8 000 characters, a
   * try after 10 000 lines, or when a million characters of it wait to be written.
   */
  readonly [Level in LogLevel]: (message: string, data?: unknown) => void
}

/** How far a job is, as its handler told last. */
export interface Progress {
  /** 0 to 100. */
  readonly percent: number
  /** What was given beside the number. */
  readonly message: string | null
}
