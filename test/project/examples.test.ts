/** The examples, run as they stand there. The README's own sample runs in pack.test.ts, where the package is installed. */
import { execFileSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../..')

test('the typed sample in examples/ runs', () => {
  const output = execFileSync(process.execPath, [join(root, 'examples/first-job.ts')], {
    encoding: 'utf8',
    timeout: 30_000,
  })
  expect(output).toBe('greeted Ada\n')
})
