/** Definitions that people store. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import type { AuditBy, DefinitionSave, Storage } from '../../storage/contract.ts'
import type { Cases } from './kit.ts'

type Next = NonNullable<DefinitionSave['next']>

const next = (own: Partial<Next> = {}): Next => ({
  ...{ kind: 'http', data: '{"url":"https://example.com"}', secrets: null, enabled: true, owner: null, origin: 'api' },
  ...own,
})

const by: AuditBy = {
  actor: { kind: 'user', id: 'u1', name: 'ada@example.com' },
  address: '192.0.2.7',
  action: 'handlers.put',
}

const ids = async (storage: Storage) => (await storage.definitions(null)).map(({ id }) => id)

export const definitions: Cases = {
  async 'a definition is stored, and found by its id'({ storage, now }) {
    deepEqual(await storage.definitions(null), [])
    const texts = { data: JSON.stringify({ text: `o'brien "%_\\ 🦊` }), secrets: '{"a":"v1.x.y"}', owner: 'team a' }
    equal(await storage.saveDefinition({ id: 'mail', seen: null, next: next(texts) }), 1)
    equal(await storage.saveDefinition({ id: 'Zeta', seen: null, next: next({ enabled: false, origin: 'cli' }) }), 1)
    const at = { version: 1, createdAt: now(), updatedAt: now() }
    const [zeta, mail] = [
      { id: 'Zeta', ...next({ enabled: false, origin: 'cli' }), ...at },
      { id: 'mail', ...next(texts), ...at },
    ]
    deepEqual(await storage.definitions(null), [zeta, mail])
    deepEqual(await storage.definitions(['mail', 'none']), [mail])
    deepEqual(await storage.definitions([]), [])
  },

  async 'a definition is changed only as long as it is what was seen'({ storage, now, pass }) {
    await storage.saveDefinition({ id: 'mail', seen: null, next: next() })
    equal(await storage.saveDefinition({ id: 'mail', seen: null, next: next() }), null)
    equal(await storage.saveDefinition({ id: 'mail', seen: 2, next: next() }), null)
    equal(await storage.saveDefinition({ id: 'none', seen: 1, next: next() }), null)
    const created = now()
    pass(1_000)
    equal(await storage.saveDefinition({ id: 'mail', seen: 1, next: next({ enabled: false }) }), 2)
    const [mail] = await storage.definitions(['mail'])
    deepEqual([mail?.version, mail?.enabled, mail?.createdAt, mail?.updatedAt], [2, false, created, created + 1_000])
  },

  async 'of many who change the same version one does'({ storage, subject, connect }) {
    const storages = subject.shared ? [storage, await connect()] : [storage]
    const all = (seen: number | null) =>
      Promise.all(
        Array.from({ length: 8 }, (_, n) =>
          storages[n % storages.length]?.saveDefinition({ id: 'mail', seen, next: next({ owner: `${n}` }) }, by),
        ),
      )
    deepEqual(
      (await all(null)).filter((version) => version !== null),
      [1],
    )
    deepEqual(
      (await all(1)).filter((version) => version !== null),
      [2],
    )
    equal((await storage.definitionVersions('mail', null, 10)).length, 2)
  },

  async 'one that is removed is gone, and goes on behind its last version when it comes back'({ storage }) {
    equal(await storage.saveDefinition({ id: 'mail', seen: null, next: null }), null)
    await storage.saveDefinition({ id: 'mail', seen: null, next: next({ secrets: '{"a":"b"}' }) })
    equal(await storage.saveDefinition({ id: 'mail', seen: 1, next: null }), 2)
    deepEqual(await storage.definitions(null), [])
    equal(await storage.saveDefinition({ id: 'mail', seen: 2, next: next() }), null)
    equal(await storage.saveDefinition({ id: 'mail', seen: null, next: next() }), 3)
    deepEqual(await ids(storage), ['mail'])
    equal((await storage.definitions(['mail']))[0]?.secrets, null)
  },

  async 'every version is kept, newest first, and the last hundred of them'({ storage, now, pass }) {
    await storage.saveDefinition({ id: 'mail', seen: null, next: next() })
    const first = now()
    pass(1_000)
    await storage.saveDefinition({ id: 'mail', seen: 1, next: next({ enabled: false, data: '{"n":2}' }) }, by)
    await storage.saveDefinition({ id: 'mail', seen: 2, next: null }, by)
    deepEqual(await storage.definitionVersions('mail', null, 10), [
      { version: 3, at: now(), by: 'ada@example.com', enabled: false, data: null },
      { version: 2, at: now(), by: 'ada@example.com', enabled: false, data: '{"n":2}' },
      { version: 1, at: first, by: null, enabled: true, data: next().data },
    ])
    deepEqual(
      (await storage.definitionVersions('mail', 3, 1)).map(({ version }) => version),
      [2],
    )
    deepEqual(await storage.definitionVersions('none', null, 10), [])
    for (let seen = 0; seen < 110; seen++)
      await storage.saveDefinition({ id: 'much', seen: seen === 0 ? null : seen, next: next() })
    const kept = await storage.definitionVersions('much', null, 200)
    deepEqual([kept.length, kept[0]?.version, kept.at(-1)?.version], [100, 110, 11])
  },

  async 'what a removed definition was goes after a month, and its versions go on all the same'({ storage, pass }) {
    await storage.saveDefinition({ id: 'mail', seen: null, next: next() })
    await storage.saveDefinition({ id: 'kept', seen: null, next: next() })
    await storage.saveDefinition({ id: 'mail', seen: 1, next: null })
    pass(30 * 86_400_000 - 1_000)
    while (await storage.purge(100));
    equal((await storage.definitionVersions('mail', null, 10)).length, 2)
    pass(1_000)
    while (await storage.purge(100));
    deepEqual(await storage.definitionVersions('mail', null, 10), [])
    equal((await storage.definitionVersions('kept', null, 10)).length, 1)
    equal(await storage.saveDefinition({ id: 'mail', seen: null, next: next() }), 3)
  },

  async 'the mark is another one after every change, and the same without one'({ storage }) {
    const marks = [await storage.definitionsMark()]
    const note = async (save: DefinitionSave) => {
      ok((await storage.saveDefinition(save)) !== null)
      marks.push(await storage.definitionsMark())
    }
    await note({ id: 'a', seen: null, next: next() })
    await note({ id: 'b', seen: null, next: next() })
    await note({ id: 'a', seen: 1, next: null })
    await note({ id: 'a', seen: null, next: next() })
    await note({ id: 'b', seen: 1, next: next({ enabled: false }) })
    equal(new Set(marks).size, marks.length)
    await storage.saveDefinition({ id: 'b', seen: 1, next: next() })
    equal(await storage.definitionsMark(), marks.at(-1))
  },

  async 'a change of a definition stands in the audit log, without its secrets'({ storage }) {
    await storage.saveDefinition({ id: 'mail', seen: null, next: next({ secrets: '{"a":"sealed"}' }) }, by)
    await storage.saveDefinition({ id: 'mail', seen: 7, next: next() }, by)
    await storage.saveDefinition({ id: 'mail', seen: 1, next: null }, by)
    const entries = await storage.auditLog({
      ...{ actor: null, action: null, target: 'handler:mail', outcome: null, since: null, before: null, limit: 10 },
    })
    const picture = { kind: 'http', enabled: true, owner: null, data: { url: 'https://example.com' }, secrets: true }
    deepEqual(
      entries.map(({ before, after }) => [JSON.parse(before ?? 'null'), JSON.parse(after ?? 'null')]),
      [
        [picture, null],
        [null, picture],
      ],
    )
    ok(!JSON.stringify(entries).includes('sealed'))
  },
}
