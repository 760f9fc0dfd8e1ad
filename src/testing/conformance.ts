/** What every storage has to do, as tests: one for each promise of `storage/contract.ts`. */
import { deepEqual, ok } from 'node:assert/strict'
import type { Storage } from '../storage/contract.ts'
import { accounts } from './conformance/accounts.ts'
import { auditing } from './conformance/auditing.ts'
import { claiming } from './conformance/claiming.ts'
import { counting } from './conformance/counting.ts'
import { definitions } from './conformance/definitions.ts'
import { draining } from './conformance/draining.ts'
import { editing } from './conformance/editing.ts'
import { filtering } from './conformance/filtering.ts'
import { firingCases } from './conformance/firing.ts'
import { forgetting } from './conformance/forgetting.ts'
import { inserting } from './conformance/inserting.ts'
import { type OpenSubject, withKit } from './conformance/kit.ts'
import { lanes } from './conformance/lanes.ts'
import { leasing } from './conformance/leasing.ts'
import { linking } from './conformance/linking.ts'
import { locks } from './conformance/locks.ts'
import { looking } from './conformance/looking.ts'
import { manifests } from './conformance/manifests.ts'
import { relinking } from './conformance/relinking.ts'
import { reporting } from './conformance/reporting.ts'
import { scheduling } from './conformance/scheduling.ts'
import { settling } from './conformance/settling.ts'
import { time } from './conformance/time.ts'
import { unique } from './conformance/unique.ts'
import { updating } from './conformance/updating.ts'

export type { OpenSubject, Subject } from './conformance/kit.ts'

type Register = (name: string, run: () => Promise<void>) => unknown

/**
 * Registers a test for each promise of the storage contract, with the test runner of your choice. Each test opens an
 * empty database whose clock it moves, and drops it at the end.
 *
 * @param register how a test is registered, such as `test` of node:test or vitest
 * @param open makes an empty database and tells how to connect to it
 * @example
 * import { test } from 'node:test'
 *
 * storageConformance(test, async ({ clock }) => {
 *   const file = join(await mkdtemp(join(tmpdir(), 'storage-')), 'rota.db')
 *   return { connect: () => sqlite({ file, clock }), shared: true, drop: () => rm(dirname(file), { recursive: true }) }
 * })
 */
export function storageConformance(register: Register, open: OpenSubject): void {
  register('several may migrate at once, and again', () => migrateTogether(open))
  const parts = [
    inserting,
    unique,
    claiming,
    settling,
    forgetting,
    leasing,
    lanes,
    editing,
    updating,
    draining,
    counting,
    linking,
    relinking,
    time,
    scheduling,
    firingCases,
    locks,
    looking,
    filtering,
    auditing,
    accounts,
    manifests,
    definitions,
    reporting,
  ]
  for (const [name, run] of parts.flatMap((cases) => Object.entries(cases))) {
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
