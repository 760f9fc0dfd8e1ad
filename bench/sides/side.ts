/** What the benchmark needs of a queue. Each side is used as its documentation says, at its best settings. */

/** The input of every job: small, as most are. */
export interface Payload {
  readonly n: number
  /** 80 characters. */
  readonly text: string
  /** Milliseconds of the machine's monotonic clock, which all processes share. */
  readonly sentAt: number
}

export interface Producer {
  /** Stores so many jobs in the fastest way there is. */
  bulk(count: number, options?: BulkOptions): Promise<void>
  /** Stores one; durable where the storage is. */
  one(payload: Payload): Promise<void>
  close(): Promise<void>
}

/** What only Rota is asked for. */
export interface BulkOptions {
  /** Milliseconds from now until they are due. */
  readonly delay?: number
  /** Spread over so many lanes, and over five priorities. */
  readonly lanes?: number
}

export interface WorkOptions {
  readonly concurrency: number
  readonly lanes?: number
  /** So many workers in one process, over connections that they share. Only Rota is asked for it. */
  readonly workers?: number
  /** Undefined for a handler that is done at once. */
  run(payload: Payload): undefined | Promise<void>
}

export interface Side {
  readonly name: string
  readonly package: string
  /** What is not default, in words. */
  readonly settings: string
  readonly store: 'postgres' | 'redis' | 'sqlite'
  /** How many slots suit it best for jobs that are done at once. */
  readonly concurrency: number
  /** An empty store; what was there before is gone. */
  reset(url: string): Promise<void>
  produce(url: string): Promise<Producer>
  /** Resolves when it works; gives what stops it. */
  work(url: string, options: WorkOptions): Promise<() => Promise<void>>
  /** How many jobs that are due are not over. */
  left(url: string): Promise<number>
}

const text = 'x'.repeat(80)

export const monotonic = (): number => Number(process.hrtime.bigint()) / 1e6

export const payload = (n: number): Payload => ({ n, text, sentAt: monotonic() })

export const payloads = (count: number): Payload[] => Array.from({ length: count }, (_, n) => payload(n))
