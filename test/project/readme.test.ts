/** The README's sample, run as it stands there. */
import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'

const root = resolve(import.meta.dirname, '../..')

test('the sample of the README runs and prints what it says', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  const sample = /```js\n([\s\S]*?)```/.exec(readme)?.[1] as string
  expect(sample).toContain("from 'rota'")
  const folder = temporaryFolder('readme')
  try {
    const file = join(folder, 'sample.mjs')
    writeFileSync(file, sample.replace("'rota'", JSON.stringify(join(root, 'src/index.ts'))))
    const output = execFileSync(process.execPath, [file], { cwd: folder, encoding: 'utf8', timeout: 30_000 })
    const promised = /console\.log\(.*\/\/ (.*)$/m.exec(sample)?.[1] as string
    expect(output.trim()).toBe(promised)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('the typed sample in examples/ runs', () => {
  const output = execFileSync(process.execPath, [join(root, 'examples/first-job.ts')], {
    encoding: 'utf8',
    timeout: 30_000,
  })
  expect(output).toBe('greeted Ada\n')
})
