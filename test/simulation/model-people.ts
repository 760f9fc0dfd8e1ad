/** What the model storage knows of people: the audit log, the small tables, and what workers published. */
import type { Edit } from '../../src/job/edits.ts'
import { RotaError } from '../../src/job/errors.ts'
import type * as contract from '../../src/storage/contract.ts'
import { accountTables, checkAccountCall } from '../../src/storage/sql/accounts.ts'
import { editChanges, entryOf, pictureOf } from '../../src/storage/sql/audit.ts'

type Row = contract.AccountRow
type Change = Exclude<contract.AccountCall, { do: 'find' | 'count' }>

const keysOf: Readonly<Record<contract.AccountTable, readonly (readonly string[])[]>> = {
  users: [['id'], ['email']],
  sessions: [['id'], ['token']],
  accounts: [['id'], ['provider_id', 'account_id']],
  verifications: [['id']],
  api_keys: [['id'], ['hash']],
  settings: [['name']],
}

const keepAudit = 400 * 86_400_000

export class ModelPeople {
  readonly #now: () => number
  readonly #manifests = new Map<string, string>()
  readonly #tables = new Map<contract.AccountTable, readonly Row[]>()
  #log: readonly contract.AuditRecord[] = []
  #entries = 0

  constructor(now: () => number) {
    this.#now = now
  }

  audit(entries: readonly contract.NewAuditEntry[]): void {
    const at = this.#now()
    this.#log = [...this.#log, ...entries.map((entry) => ({ ...entry, id: ++this.#entries, at }))]
  }

  auditLog({ actor, action, target, outcome, since, before, limit }: contract.AuditQuery): contract.AuditRecord[] {
    const fits = (asked: string | null, mark: string, value: string) =>
      asked === null || asked === value || (asked.endsWith(mark) && value.startsWith(asked))
    return this.#log
      .filter((one) => (actor === null || actor === one.actor.name) && fits(action, '.', one.action))
      .filter((one) => fits(target, ':', one.target) && (outcome === null || outcome === one.outcome))
      .filter((one) => one.at >= (since ?? 0) && (before === null || one.id < before))
      .toReversed()
      .slice(0, limit)
  }

  /** @param asked running jobs whose cancel somebody had asked for before */
  edited(by: contract.AuditBy, wish: Edit, edited: readonly contract.Edited[], asked: ReadonlySet<string>): void {
    this.audit(editChanges(wish, edited, asked).map((change) => entryOf(by, change)))
  }

  paused(by: contract.AuditBy, lane: string, before: string | null, reason: string | null): void {
    const change = { target: `lane:${lane}`, before: { paused: before }, after: { paused: reason } }
    this.audit([entryOf(by, change)])
  }

  scheduled(
    by: contract.AuditBy,
    ids: readonly string[],
    before: readonly contract.NewSchedule[],
    after: readonly contract.NewSchedule[],
  ): void {
    const picture = (among: readonly contract.NewSchedule[], id: string) => {
      const one = among.find((schedule) => schedule.id === id)
      return one === undefined ? null : pictureOf(one)
    }
    const changeOf = (id: string) => ({
      target: `schedule:${id}`,
      before: picture(before, id),
      after: picture(after, id),
    })
    this.audit(ids.map((id) => entryOf(by, changeOf(id))))
  }

  publish(told: readonly contract.ManifestRecord[]): void {
    for (const { job, manifest } of told) this.#manifests.set(job, manifest)
  }

  manifests(jobs: readonly string[] | null): contract.ManifestRecord[] {
    return [...this.#manifests]
      .filter(([job]) => jobs?.includes(job) ?? true)
      .map(([job, manifest]) => ({ job, manifest }))
      .sort((a, b) => (a.job < b.job ? -1 : 1))
  }

  accounts(call: contract.AccountCall): readonly Row[] {
    checkAccountCall(call)
    if (call.do === 'find' || call.do === 'count') {
      const found = this.#rows(call.table).filter((row) => fitsAll(row, call.where))
      return call.do === 'count' ? [{ count: found.length }] : pageOf(found, call)
    }
    const changed = this.#change(call)
    if (changed.length > 0) this.audit(call.audit ?? [])
    return changed
  }

  #rows(table: contract.AccountTable): readonly Row[] {
    return this.#tables.get(table) ?? []
  }

  #change(call: Change): readonly Row[] {
    const rows = this.#rows(call.table)
    if (call.do === 'create') {
      const columns = Object.keys(accountTables[call.table].columns)
      const row = Object.fromEntries(columns.map((column) => [column, call.row[column] ?? null]))
      if (!isTaken(call.table, [...rows, row])) this.#tables.set(call.table, [...rows, row])
      else if (call.unlessTaken === true) return []
      else throw taken()
      return [row]
    }
    const matching = rows.filter((row) => fitsAll(row, call.where))
    const others = rows.filter((row) => !matching.includes(row))
    const left = call.do === 'update' ? matching.map((row) => ({ ...row, ...call.set })) : []
    if (isTaken(call.table, [...others, ...left])) throw taken()
    this.#tables.set(call.table, [...others, ...left])
    return call.do === 'update' ? left : matching
  }

  purge(): void {
    const now = this.#now()
    this.#log = this.#log.filter(({ at }) => at >= now - keepAudit)
    for (const table of ['sessions', 'verifications'] as const)
      this.#tables.set(
        table,
        this.#rows(table).filter((row) => Number(row.expires_at) > now),
      )
  }
}

const taken = () => new RotaError('account_taken', 'another record has this key already')

const isTaken = (table: contract.AccountTable, rows: readonly Row[]): boolean =>
  keysOf[table].some((columns) => {
    const keys = rows.map((row) => JSON.stringify(columns.map((column) => row[column])))
    return new Set(keys).size < rows.length
  })

type Value = contract.AccountValue

const compare = (a: Value, b: Value): number => {
  if (a === b || a === null || b === null) return Number(a !== null) - Number(b !== null)
  if (typeof a === 'number') return a - Number(b)
  return Buffer.compare(Buffer.from(a), Buffer.from(String(b)))
}

function pageOf(rows: readonly Row[], call: contract.AccountCall & { do: 'find' }): Row[] {
  const { sort, limit = rows.length, offset = 0 } = call
  const { key } = accountTables[call.table]
  const of = (row: Row, column: string) => row[column] ?? null
  const bySort = (a: Row, b: Row) =>
    sort === undefined ? 0 : compare(of(a, sort.column), of(b, sort.column)) * (sort.descending ? -1 : 1)
  return rows.toSorted((a, b) => bySort(a, b) || compare(of(a, key), of(b, key))).slice(offset, offset + limit)
}

function fitsAll(row: Row, where: readonly contract.AccountWhere[]): boolean {
  const alternatives = where.filter(({ or }) => or === true)
  return (
    where.filter(({ or }) => or !== true).every((one) => fits(row, one)) &&
    (alternatives.length === 0 || alternatives.some((one) => fits(row, one)))
  )
}

const lower = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())

function fits(row: Row, { column, is, value, anyCase }: contract.AccountWhere): boolean {
  const alike = (one: Value): Value => (anyCase && typeof one === 'string' ? lower(one) : one)
  const held = alike(row[column] ?? null)
  if (is === 'eq' && value === null) return held === null
  if (is === 'ne' && value === null) return held !== null
  if (is === 'not_in' && (value as readonly Value[]).length === 0) return true
  if (held === null) return false
  if (is === 'in' || is === 'not_in')
    return (value as readonly Value[]).some((one) => alike(one) === held) === (is === 'in')
  const given = alike(value as Value)
  const order = compare(held, given)
  const text = String(held)
  return {
    eq: order === 0,
    ne: order !== 0,
    lt: order < 0,
    lte: order <= 0,
    gt: order > 0,
    gte: order >= 0,
    contains: text.includes(String(given)),
    starts_with: text.startsWith(String(given)),
    ends_with: text.endsWith(String(given)),
  }[is]
}
