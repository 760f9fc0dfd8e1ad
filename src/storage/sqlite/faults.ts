/** What an error of SQLite means: node:sqlite tells its number, better-sqlite3 its name. */
import { RotaError } from '../../job/errors.ts'

const numbers: Readonly<Record<string, number>> = {
  BUSY: 5,
  LOCKED: 6,
  NOMEM: 7,
  READONLY: 8,
  INTERRUPT: 9,
  IOERR: 10,
  CORRUPT: 11,
  FULL: 13,
  CANTOPEN: 14,
  PROTOCOL: 15,
  NOTADB: 26,
}

/** The primary result code, whatever the extended code says in the higher bits or behind the name. */
function resultCode(error: unknown): number {
  const { errcode, code } = (error ?? {}) as { errcode?: number; code?: unknown }
  if (typeof errcode === 'number') return errcode & 0xff
  const [, name = '', number] = /^(?:SQLITE_([A-Z]+)|UNKNOWN_SQLITE_ERROR_(\d+))/.exec(String(code)) ?? []
  return number === undefined ? (numbers[name] ?? 0) : Number(number) & 0xff
}

/** SQLITE_BUSY and SQLITE_LOCKED. */
export const isBusy = (error: unknown): boolean => [5, 6].includes(resultCode(error))

/** NOMEM, READONLY, INTERRUPT, IOERR, CORRUPT, FULL, CANTOPEN, PROTOCOL, NOTADB: not the statement is at fault. */
export const isFileError = (error: unknown): boolean => [7, 8, 9, 10, 11, 13, 14, 15, 26].includes(resultCode(error))

/** SQLITE_CONSTRAINT_UNIQUE and SQLITE_CONSTRAINT_PRIMARYKEY. */
export function isTaken(error: unknown): boolean {
  const { errcode, code } = (error ?? {}) as { errcode?: number; code?: unknown }
  return [2067, 1555].includes(errcode ?? 0) || /^SQLITE_CONSTRAINT_(UNIQUE|PRIMARYKEY)$/.test(String(code))
}

export const closed = (file: string) => new RotaError('storage_closed', `The storage sqlite:${file} is closed.`)

export const unreachable = (file: string, cause: unknown) =>
  cause instanceof RotaError
    ? cause
    : new RotaError(
        'storage_unreachable',
        `sqlite:${file}: ${(cause as Error).message}. Nothing of this call was stored.`,
        { cause },
      )
