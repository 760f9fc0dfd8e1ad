/** The storages that every test of the engine runs on, each empty. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe } from 'vitest'
import { temporaryFolder } from './folder.ts'
import { type RunningPostgres, startPostgres } from './postgres.ts'

interface Place {
  /** URL of a database that is empty at the start of each test. */
  url(): string
  /** Several processes may use it. */
  readonly shared: boolean
}

export function onEveryStorage(name: string, tests: (place: Place) => void): void {
  describe(`${name}, SQLite in memory`, () => tests({ url: () => 'sqlite::memory:', shared: false }))

  describe(`${name}, SQLite in a file`, () => {
    let folder: string | null = null
    afterEach(() => {
      if (folder !== null) rmSync(folder, { recursive: true })
      folder = null
    })
    tests({
      url: () => {
        folder ??= temporaryFolder('test')
        return `sqlite:${join(folder, 'rota.db')}`
      },
      shared: true,
    })
  })

  describe(`${name}, PostgreSQL`, () => {
    let server: RunningPostgres
    let schema: string | null = null
    let made = 0
    beforeAll(async () => {
      server = await startPostgres()
    })
    afterAll(() => server.stop())
    afterEach(() => {
      schema = null
    })
    tests({
      url: () => {
        schema ??= `test_${++made}`
        return `${server.url}?schema=${schema}`
      },
      shared: true,
    })
  })
}
