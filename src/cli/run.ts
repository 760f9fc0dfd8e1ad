import { reportError } from './errors.ts'
import { drained, endWhenNobodyReads } from './output.ts'
import { createProgram } from './program.ts'
import { tell } from './supervise.ts'

/** Runs one command and ends the process with its exit code, once all that was written has gone out. */
export async function run(argv: readonly string[]): Promise<never> {
  endWhenNobodyReads()
  let code: number
  try {
    await createProgram().parseAsync(argv)
    code = Number(process.exitCode ?? 0)
  } catch (error) {
    code = reportError(error)
  }
  await drained()
  await tell({ ending: true })
  // A configuration file may have left something open that would keep the process alive.
  process.exit(code)
}
