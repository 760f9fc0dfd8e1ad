import { isRotaError, type Problem } from 'rota/client'

/** What the server says of one field of a form; null where it says nothing of it. */
export function errorOf(error: unknown, field: string): string | null {
  if (!isRotaError(error)) return null
  const issues = (error.cause as Problem | undefined)?.issues ?? []
  return issues.find((issue) => issue.field === field)?.message ?? (error.field === field ? error.message : null)
}

/** The error, unless it stands beside one of these fields. */
export const otherError = (error: unknown, fields: readonly string[]): unknown =>
  fields.some((field) => errorOf(error, field) !== null) ? null : error
