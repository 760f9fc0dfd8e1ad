/** Answers of a server as the library gives them: instants are Dates again. */
import type { Client } from '../../client/index.ts'
import { isRotaError } from '../../job/errors.ts'

type Group<K extends keyof Client> = Client[K]

/** What an operation answers. */
export type Answer<K extends keyof Client, O extends keyof Group<K>> = Group<K>[O] extends (
  ...args: never[]
) => PromiseLike<infer Output>
  ? Output
  : never

type Revived<T, K extends keyof T> = Omit<T, K> & { [F in K]: null extends T[F] ? Date | null : Date }

/** @param names the fields that are instants; null stays null */
export function revived<T extends object, K extends keyof T>(answer: T, names: readonly K[]): Revived<T, K> {
  const dates = names.map((name) => [name, answer[name] === null ? null : new Date(answer[name] as string)])
  return { ...answer, ...Object.fromEntries(dates) } as Revived<T, K>
}

/** Null in the place of this one error: a `get` of the library gives it where there is no such thing. */
export async function orNull<T>(
  answer: Promise<T>,
  code: 'job_not_found' | 'job_unknown' | 'flow_not_found' | 'schedule_not_found' | 'server_unreachable',
): Promise<T | null> {
  try {
    return await answer
  } catch (error) {
    if (isRotaError(error, code)) return null
    throw error
  }
}

/** For a change that the server carries out once, however often it is asked: then it may be asked again. */
export const once = (): { readonly context: { readonly idempotencyKey: string } } => ({
  context: { idempotencyKey: crypto.randomUUID() },
})
