/** Programs that tests can use and npm does not bring: `npm run setup:services` installs them. */
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Where a program is, or null. */
export function programFile(name: string): string | null {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file)) ?? null
}

/**
 * True when the program is there. Where it is missing the tests that need it are skipped, with a word of why; on a CI
 * machine that is an error, unless the installation was tried and failed (`.ci/run` says so in ROTA_MISSING_SERVICES).
 */
export function hasService(name: string, program: string | null): boolean {
  if (program !== null) return true
  const excused = (process.env.ROTA_MISSING_SERVICES ?? '').split(' ').includes(name)
  if (process.env.CI === 'true' && !excused) throw new Error(`${name} is not installed: npm run setup:services`)
  console.warn(`skipped: tests with ${name}, which is not installed (npm run setup:services)`)
  return false
}
