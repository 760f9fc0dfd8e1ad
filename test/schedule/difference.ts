/** A kind of disagreement between us and a library, told so that a machine can say whether one is of it. */
import type { Dst } from '../../src/schedule/sequence.ts'
import type { Transition } from './transitions.ts'

export interface Question {
  readonly expression: string
  readonly zone: string
  /** Milliseconds. */
  readonly from: number
  readonly count: number
}

interface Named {
  readonly name: string
  /** Shown in the table. */
  readonly example: { readonly expression: string; readonly zone?: string; readonly from: string }
  readonly why: string
  /** Whether it can happen to an expression. */
  concerns(expression: string): boolean
}

export type Difference = Named &
  (
    | {
        /** The library refuses them with such a message. */
        readonly refuses: RegExp
      }
    | {
        /** The library takes them as if this was written. */
        readonly as: (expression: string) => string
      }
    | {
        /** The library has another rule about the two fields for days: this one is no choice. */
        readonly isStar: (field: string) => boolean
      }
    | {
        /** The library has another rule about changes of the clock. */
        readonly dst: Required<Dst>
      }
    | {
        /** What it does cannot be told as a rule, but only happens at such changes of the clock. `at` in seconds. */
        readonly near: (change: Transition, at: number) => boolean
      }
    | {
        /** It finds nothing any more from such a change on. `at` in seconds: where we go on. */
        readonly endsAt: (change: Transition, at: number) => boolean
      }
  )
