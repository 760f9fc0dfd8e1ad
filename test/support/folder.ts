import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A new temporary folder that carries the number of this process, so that a test file which leaves one is found. */
export function temporaryFolder(purpose: string): string {
  return mkdtempSync(join(tmpdir(), `rota-${process.pid}-${purpose}-`))
}
