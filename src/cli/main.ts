import { needsSupervisor, supervise } from './supervise.ts'

/** Runs one command and ends the process with its exit code. The supervisor of a worker loads none of the commands. */
export async function main(argv: readonly string[]): Promise<never> {
  if (needsSupervisor(argv)) process.exit(await supervise())
  const { run } = await import('./run.ts')
  return run(argv)
}
