/** The one that makes the requests of a cluster: loaded with the first of them, because most processes make none. */
import { RotaError } from '../job/errors.ts'
import type { HttpRunner } from '../kinds/http/run.ts'
import type { ClusterSettings } from './options.ts'
import type { Runtime } from './runtime.ts'
import { version } from './version.ts'

export class Requests {
  readonly #http: ClusterSettings['http']
  readonly #payloadLimit: number
  readonly #runtime: Runtime
  #runner: Promise<HttpRunner> | null = null

  constructor({ http, payloadLimit }: Pick<ClusterSettings, 'http' | 'payloadLimit'>, runtime: Runtime) {
    this.#http = http
    this.#payloadLimit = payloadLimit
    this.#runtime = runtime
  }

  /** @throws RotaError `option_invalid` where this process makes none */
  runner(): Promise<HttpRunner> {
    this.#runner ??= this.#load()
    return this.#runner
  }

  close(): void {
    this.#runner?.then((runner) => runner.close()).catch(() => {})
    this.#runner = null
  }

  async #load(): Promise<HttpRunner> {
    const http = this.#http
    if (http === false)
      throw new RotaError('option_invalid', 'This process makes no requests: createRota was given `http: false`.', {
        field: 'http',
      })
    const { createHttpRunner } = await import('../kinds/http/run.ts')
    const { allow = [], lookup } = http
    return createHttpRunner({
      payloadLimit: this.#payloadLimit,
      allow,
      lookup,
      now: () => this.#runtime.elapsed(),
      version: version(),
    })
  }
}
