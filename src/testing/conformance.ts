/**
 * What every storage has to do, as tests. Run it on your own storage with the test runner of your choice:
 *
 * @example
 * import { test } from 'node:test'
 * import { storageConformance } from 'rota/testing'
 * storageConformance(test, async ({ clock }) => {
 *   const database = await emptyDatabase()
 *   return { connect: () => myStorage({ database, clock }), shared: true, drop: () => database.drop() }
 * })
 */
import { deepEqual, ok } from 'node:assert/strict'
import type { Storage } from '../storage/contract.ts'
import { claiming } from './conformance/claiming.ts'
import { editing } from './conformance/editing.ts'
import { filtering } from './conformance/filtering.ts'
import { forgetting } from './conformance/forgetting.ts'
import { inserting } from './conformance/inserting.ts'
import { type OpenSubject, withKit } from './conformance/kit.ts'
import { lanes } from './conformance/lanes.ts'
import { leasing } from './conformance/leasing.ts'
import { linking } from './conformance/linking.ts'
import { looking } from './conformance/looking.ts'
import { settling } from './conformance/settling.ts'
import { time } from './conformance/time.ts'
import { unique } from './conformance/unique.ts'

export type { OpenSubject, Subject } from './conformance/kit.ts'

type Register = (name: string, run: () => Promise<void>) => unknown

export function storageConformance(register: Register, open: OpenSubject): void {
  register('several may migrate at once, and again', () => migrateTogether(open))
  for (const [name, run] of Object.entries({
    ...inserting,
    ...unique,
    ...claiming,
    ...settling,
    ...forgetting,
    ...leasing,
    ...lanes,
    ...editing,
    ...linking,
    ...time,
    ...looking,
    ...filtering,
  })) {
    register(name, () => withKit(open, run))
  }
}

async function migrateTogether(open: OpenSubject): Promise<void> {
  const subject = await open({ clock: Date.now })
  const storages = Array.from({ length: subject.shared ? 5 : 1 }, () => subject.connect())
  try {
    ok((await (storages[0] as Storage).migrations()).pending.length > 0)
    await Promise.all(storages.map((storage) => storage.migrate()))
    for (const storage of storages) deepEqual((await storage.migrate()).pending, [])
  } finally {
    for (const storage of storages) await storage.close()
    await subject.drop?.()
  }
}
