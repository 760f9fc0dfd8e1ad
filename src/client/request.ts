/** What the library takes, as requests have it: instants are text, and jobs to wait for are ids. */
import type { EnqueueOptions, Instant } from '../index.ts'
import { defined } from '../job/defined.ts'
import { parseInstant } from '../job/duration.ts'
import { checkAfter } from '../job/parents.ts'
import type { Client } from './index.ts'

type Body = Omit<Parameters<Client['jobs']['create']>[0], 'job' | 'input'>
/** What concerns a call of the library and no request. */
type OfCall = 'tx' | 'wake' | 'cluster' | 'signal'

/** @throws RotaError `instant_invalid` */
export const iso = (instant: Instant, field: string): string => new Date(parseInstant(instant, field)).toISOString()

/** @throws RotaError `instant_invalid`, `option_invalid` */
export function enqueueBody({ at, expiresAt, after, ...rest }: Omit<EnqueueOptions, OfCall>): Body {
  return defined({
    ...rest,
    at: at === undefined ? undefined : iso(at, 'at'),
    expiresAt: expiresAt === undefined ? undefined : iso(expiresAt, 'expiresAt'),
    after: after === undefined ? undefined : checkAfter(after, 'after').map(({ id }) => id),
  }) as Body
}
