/**
 * Transactions of the application, recognised by their shape: no library is imported for it. What is the same for both
 * databases stands here; each has an adapter of its own beside it.
 */
import { RotaError, show } from '../../job/errors.ts'

type Rows = readonly Readonly<Record<string, unknown>>[]

/** @param why what is wrong with it */
export function txInvalid(why: string, accepted: string, cause?: unknown): RotaError {
  return new RotaError('tx_invalid', `tx: ${why}. Give ${accepted}.`, { field: 'tx', cause })
}

export const describeTx = (tx: unknown): string =>
  typeof tx === 'object' && tx !== null ? `a ${tx.constructor?.name || 'plain object'}` : show(tx)

const last = new WeakMap<object, Promise<unknown>>()

/** Calls within one transaction come one after the other: its locks keep others out, but not each other. */
export function inTurn<T>(tx: object, work: () => Promise<T>): Promise<T> {
  const turn = (last.get(tx) ?? Promise.resolve()).then(work)
  last.set(
    tx,
    turn.catch(() => {}),
  )
  return turn
}

/** Whether a value has these methods. */
export const has = <Name extends string>(
  value: unknown,
  ...names: readonly Name[]
): value is Record<Name, (...args: unknown[]) => unknown> =>
  (typeof value === 'object' || typeof value === 'function') &&
  value !== null &&
  names.every((name) => typeof Reflect.get(value, name) === 'function')

/** Of Kysely: a `Transaction`, or a `ControlledTransaction`. */
export interface KyselyTransaction {
  readonly isTransaction: boolean
  getExecutor(): { readonly adapter: { readonly supportsTransactionalDdl: boolean } }
  executeQuery(query: object): Promise<{ readonly rows: Rows }>
}

export const isKysely = (tx: unknown): tx is KyselyTransaction => has(tx, 'executeQuery', 'getExecutor')

/** As `CompiledQuery.raw` makes it. */
export async function kyselyQuery(tx: KyselyTransaction, text: string, values: readonly unknown[]): Promise<Rows> {
  const query = { kind: 'RawNode', sqlFragments: [text], parameters: [] }
  const compiled = { sql: text, parameters: values, query, queryId: { queryId: 'rota' } }
  return (await tx.executeQuery(compiled)).rows
}

/** Of Knex: what `knex.transaction` gives. */
export interface KnexTransaction {
  readonly isTransaction?: boolean
  isCompleted?(): boolean
  readonly client: { acquireConnection(): Promise<unknown> }
}

export const isKnex = (tx: unknown): tx is KnexTransaction =>
  has(tx, 'raw', 'transaction') && has(Reflect.get(tx, 'client'), 'acquireConnection')
