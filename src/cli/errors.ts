import { CommanderError } from 'commander'
import { isRotaError } from '../job/errors.ts'
import { exitCodeOfError, exitCodes } from './exit-codes.ts'
import { say } from './output.ts'
import { hintFor } from './typed-hints.ts'

/** `message [code]`, for anything that was thrown or stored. */
export function errorLine(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error ?? 'no reason was recorded')
  const { message, name, code } = error as { message?: unknown; name?: unknown; code?: unknown }
  return `${message || name || 'unknown error'}${typeof code === 'string' ? ` [${code}]` : ''}`
}

/** Tells what went wrong in one line and gives the exit code. */
export function reportError(error: unknown): number {
  if (error instanceof CommanderError) return reportUsage(error)
  say(`rota: ${errorLine(error)}`)
  if (process.env.ROTA_DEBUG === '1' && error instanceof Error) process.stderr.write(`${error.stack}\n`)
  return (isRotaError(error) ? exitCodeOfError[error.code] : undefined) ?? exitCodes.error
}

/** Help and version are asked for; help because the command is missing is a mistake, and was printed already. */
function reportUsage(error: CommanderError): number {
  if (error.exitCode === 0) return exitCodes.ok
  if (error.code !== 'commander.help') say(`rota: ${usageLine(error)} [usage]`)
  return exitCodes.usage
}

/** Our own hint goes before one that goes by letters. */
function usageLine({ code, message }: CommanderError): string {
  const [line = '', ...more] = message.replace(/^error: /, '').split('\n')
  const hint = hintFor(code, line, process.argv.slice(2))
  return hint === '' ? [line, ...more].join(' ').replace(/\.?$/, '') : `${line}; ${hint}`
}
