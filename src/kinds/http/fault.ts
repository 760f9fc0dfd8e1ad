/** What is wrong in a definition, and what goes wrong on the way to a target and back. */
import { isRotaError, RotaError } from '../../job/errors.ts'

/** @throws RotaError `option_invalid`, always */
export function refuse(field: string, why: string): never {
  throw new RotaError('option_invalid', `${field}: ${why}`, { field })
}

/** @param why never an address, a header or a query: it is shown to whoever sees the job */
export const failedAt = (host: string, why: string): RotaError =>
  new RotaError('http_failed', `The request to ${host.slice(0, 255)} failed: ${why}.`)

const meanings: Readonly<Record<string, string>> = {
  EAI_AGAIN: 'its name could not be looked up at present',
  ECONNREFUSED: 'nothing accepts connections there',
  ECONNRESET: 'the connection was closed before the answer was complete',
  ENOTFOUND: 'its name leads to no address',
  EPIPE: 'the connection was closed before the request was sent',
  ETIMEDOUT: 'it did not accept the connection in time',
  HPE_HEADER_OVERFLOW: 'the headers of its answer are larger than 64 KiB',
}

/** Any error of a connection; those of Rota pass. The text of others is left out, because it has addresses in it. */
export function faultOf(error: unknown, host: string): RotaError {
  if (isRotaError(error)) return error
  const code = codeOf(error)
  if (code === null) return failedAt(host, 'the connection was lost')
  const means = meanings[code] ?? (code.startsWith('HPE_') ? 'it did not answer as HTTP' : null)
  return failedAt(host, means === null ? code : `${means} (${code})`)
}

/** Where several addresses were tried there is one error in another. */
export function codeOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null
  if ('code' in error && typeof error.code === 'string') return error.code
  return error instanceof AggregateError ? codeOf(error.errors[0]) : null
}
