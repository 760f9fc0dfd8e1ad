/** What the worker and the waits of this process hear of edits by this process, without a look at the storage. */
export interface EditHints {
  /** A job may be due now or later, or a lane goes on. */
  due(): void
  /** A worker was told something: to end a job, to leave a lane alone. */
  signalled(): void
  /** A schedule was put or changed. */
  scheduled(): void
  /** A stored definition was put, disabled or removed. */
  defined(id: string): void
  /** The job is over. */
  over(id: string): void
}
