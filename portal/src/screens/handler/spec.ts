/** The request of a definition, as the server shows it: with every default in it, and of its secrets only the names. */
import type { Handler } from '../handlers/kind.ts'

export interface Spec {
  readonly method: string
  readonly url: string
  readonly query: Readonly<Record<string, string | number | boolean>>
  readonly headers: Readonly<Record<string, string>>
  readonly secretHeaders?: readonly string[]
  /** How many. */
  readonly signingKeys?: number
  readonly body?: unknown
  readonly contentType?: string
  readonly success: {
    readonly status: readonly (number | string)[]
    readonly bodyContains: readonly string[]
    readonly bodyLacks: readonly string[]
    readonly json: readonly { readonly path: string; readonly equals: unknown }[]
  }
  readonly retry: 'transient' | 'all'
  readonly redirects: number
  readonly async?: { readonly deadline: number }
  readonly maxResponse: number
  readonly keepResponse: number
  readonly breaker: false | { readonly failures: number; readonly pause: number }
}

/** What was said of jobs; what was not said has the default of the server. */
export type SaidOptions = Readonly<Record<string, unknown>>

/** What one version said. */
export interface Definition {
  readonly description: string | null
  readonly options: SaidOptions
  readonly input: object | null
  readonly spec: Spec
}

export const specOf = ({ http, version }: Handler): Spec | null => (version === null ? null : (http as Spec | null))
