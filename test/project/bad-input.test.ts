/** What a user sees who makes a mistake, word for word. */
import { expect, test } from 'vitest'
import { z } from 'zod'
import { createRota, defineJob, type EnqueueOptions, RotaError } from '../../src/index.ts'
import { postgres } from '../../src/storage/postgres/index.ts'
import { sqlite } from '../../src/storage/sqlite/index.ts'

const greet = defineJob({
  id: 'greet',
  input: z.object({ name: z.string(), age: z.number().optional() }),
  run: () => 1,
})
const anything = defineJob({ id: 'anything', run: () => 1 })
const cyclic: Record<string, unknown> = { a: {} }
cyclic.a = { back: cyclic }

const enqueue =
  (input: unknown, options?: unknown, job: unknown = anything) =>
  async () => {
    await using rota = createRota({ storage: 'sqlite::memory:', jobs: [anything, greet] })
    try {
      await rota.enqueue(job as typeof anything, input, options as EnqueueOptions)
    } finally {
      expect((await rota.jobs.list({})).jobs).toEqual([]) // nothing was stored
    }
  }

const mistakes: Record<string, [make: () => unknown, code: string, field: string | undefined, message: string]> = {
  'a payload of 128 KiB and one byte': [
    enqueue('x'.repeat(128 * 1024 - 1)),
    'payload_too_large',
    'input',
    'input: 131073 bytes as JSON, 1 more than the limit of 131072. Store the data elsewhere and pass its id or URL, or raise `payloadLimit`.',
  ],
  'an input that does not fit its schema': [
    enqueue({ name: 7, age: 'old' }, undefined, greet),
    'input_invalid',
    'input.name',
    'The input of job "greet" does not fit its schema. input.name: Invalid input: expected string, received number; input.age: Invalid input: expected number, received string',
  ],
  'an unknown option': [
    enqueue(1, { prority: 'high' }),
    'option_unknown',
    'prority',
    'enqueue: there is no option "prority", did you mean "priority"? Known: in, at, priority, lane, retries, timeout, onTimeout, onLapse, expiresIn, expiresAt, metadata, retention, idempotencyKey, after, onParentFail, cluster, signal, unique, tx, wake.',
  ],
  'a delay under the wrong name': [
    enqueue(1, { after: '5m' }),
    'option_invalid',
    'after',
    'after: "5m" is not a job to wait for. For a delay use `in: "5m"`. Give the id of a job, or what enqueue returned.',
  ],
  'a job that would expire before it starts': [
    enqueue(1, { in: '2h', expiresIn: '1h' }),
    'option_invalid',
    'in',
    'enqueue: "in" (7200000 ms) is not before "expiresIn" (3600000 ms), so the job would expire before it may start. Both count from now.',
  ],
  'a priority that does not exist': [
    enqueue(1, { priority: 'hihg' }),
    'option_invalid',
    'priority',
    'priority: "hihg" is not allowed, did you mean "high"? It must be one of "critical", "high", "medium", "low", "veryLow".',
  ],
  'a cyclic object': [
    enqueue(cyclic),
    'payload_not_json',
    'input.a.back',
    'input.a.back: the object contains itself (a cycle). To mend it, pass plain data without back references.',
  ],
  'a NUL character': [
    enqueue({ user: { name: 'a\0b' } }),
    'payload_not_json',
    'input.user.name',
    'input.user.name: it contains the character U+0000 (NUL), which PostgreSQL cannot store. To mend it, remove it.',
  ],
  'half a surrogate pair': [
    enqueue(['\ud83d']),
    'payload_not_json',
    'input[0]',
    'input[0]: it contains half a surrogate pair, which is not valid Unicode. To mend it, use text.toWellFormed().',
  ],
  'a key __proto__': [
    enqueue(JSON.parse('{"a":{"__proto__":{"admin":true}}}')),
    'payload_not_json',
    'input.a.__proto__',
    'input.a.__proto__: the key "__proto__" can change the prototype of whoever reads it. To mend it, rename it.',
  ],
  'a Date': [
    enqueue({ at: new Date(0) }),
    'payload_not_json',
    'input.at',
    'input.at: a Date would not come back as one. To mend it, pass date.toISOString().',
  ],
  'a bad duration': [
    enqueue(1, { in: '5 minutes' }),
    'duration_invalid',
    'in',
    "in: \"5 minutes\" is not a duration. Use a number of milliseconds or a string such as '250ms', '10s', '5m', '2h', '7d'.",
  ],
  'a negative duration': [
    enqueue(1, { in: -1 }),
    'duration_invalid',
    'in',
    "in: -1 is not a duration. Use a number of milliseconds or a string such as '250ms', '10s', '5m', '2h', '7d'.",
  ],
  'an instant without a zone': [
    enqueue(1, { at: '2027-01-31T09:00:00' }),
    'instant_invalid',
    'at',
    'at: "2027-01-31T09:00:00" is not an instant. Use a Date, an ISO string with a zone (\'2027-01-31T09:00:00Z\') or a Temporal.Instant.',
  ],
  'both a delay and an instant': [
    enqueue(1, { in: '5m', at: new Date() }),
    'option_invalid',
    'at',
    'enqueue: give either "in" or "at", not both.',
  ],
  'something that is not a job': [
    enqueue(1, undefined, { id: 'anything' }),
    'job_invalid',
    'enqueue',
    'enqueue: a value of type object is not a job. Pass what defineJob returned.',
  ],
  'a duplicate job id': [
    () => createRota({ jobs: [anything, defineJob({ id: 'anything', run: () => 2 })] }),
    'job_duplicate',
    'jobs',
    'jobs: two definitions have the id "anything". Give one of them another id.',
  ],
  'a definition without an id': [
    () => defineJob({ run: () => 1 } as never),
    'option_invalid',
    'id',
    'defineJob: "id" is required.',
  ],
  'a definition with a wrong option': [
    () => defineJob({ id: 'x', run: () => 1, retry: 3 } as never),
    'option_unknown',
    'retry',
    'defineJob: there is no option "retry", did you mean "retries"? Known: id, input, retries, backoff, timeout, onTimeout, onLapse, expiresIn, priority, lane, unique, metadata, retention, run.',
  ],
  'retries that are not a number': [
    () => defineJob({ id: 'x', run: () => 1, retries: Number.POSITIVE_INFINITY }),
    'option_invalid',
    'retries',
    'retries: Infinity is not allowed. It must be a whole number from 0 to 1000.',
  ],
  'a storage that is none, with a password in it': [
    () => createRota({ storage: 'mysql://root:secret@host/db' }),
    'storage_invalid',
    'storage',
    "storage: \"mysql:…\" is not a storage. Use 'sqlite:rota.db', 'postgres://user@host/database' or a Storage object.",
  ],
  'a lane without slots': [
    () => createRota({ lanes: { mail: 0 } }),
    'option_invalid',
    'lanes.mail',
    'lanes.mail: 0 is not allowed. It must be a whole number from 1 to 10000.',
  ],
}

test.each(Object.entries(mistakes))('%s', async (_, [make, code, field, message]) => {
  let error: unknown
  try {
    await make()
  } catch (thrown) {
    error = thrown
  }
  expect(error).toBeInstanceOf(RotaError)
  const { code: gotCode, field: gotField, message: gotMessage } = error as RotaError
  expect({ code: gotCode, field: gotField, message: gotMessage }).toEqual({ code, field, message })
})

const optionOf = async (make: () => unknown): Promise<string> => {
  try {
    await make()
  } catch (error) {
    return (error as Error).message
  }
  return 'nothing was wrong'
}

const define = (option: string) => () => defineJob({ id: 'x', run: () => 1, [option]: 1 } as never)
const create = (option: string) => () => createRota({ [option]: 1 } as never)
const list = (option: string) => async () => {
  await using rota = createRota({ storage: 'sqlite::memory:' })
  await rota.jobs.list({ [option]: 'failed' } as never)
}

test.each([
  ...['dependsOn', 'parent', 'parents', 'waitFor'].map(
    (name) => [name, enqueue(1, { [name]: 1 }), 'use `after`'] as const,
  ),
  ...['cron', 'every', 'repeat'].flatMap((name) =>
    [enqueue(1, { [name]: 1 }), define(name), create(name)].map(
      (make) => [name, make, 'schedules are not built yet'] as const,
    ),
  ),
  ...['expireOn', 'expiresOn'].map((name) => [name, enqueue(1, { [name]: 1 }), 'use `expiresAt`'] as const),
  ['executeAfter', enqueue(1, { executeAfter: 1 }), 'use `at` for an instant, `in` for a duration'],
  ['maxAttempts', enqueue(1, { maxAttempts: 1 }), 'use `retries`, the tries after the first'],
  ['maxRetries', define('maxRetries'), 'use `retries`, the tries after the first'],
  ['queue', enqueue(1, { queue: 1 }), "use `lane: 'mail'`"],
  ['queues', create('queues'), 'use `lanes: { mail: 5 }`'],
  ['pollInterval', create('pollInterval'), 'use `poll`'],
  ...['url', 'database', 'connectionString'].map(
    (name) => [name, create(name), "use `storage: 'postgres://…'` or `storage: 'sqlite:rota.db'`"] as const,
  ),
  ['concurrency', create('concurrency'), 'use `lanes: { default: 20 }`'],
  ['concurrency', define('concurrency'), 'say it of a lane'],
  ['handler', define('handler'), 'use `run`'],
  ['state', list('state'), 'it belongs into the filter: `filter: { state: … }`'],
  ['offset', list('offset'), 'use `cursor`, the `next` of the page before'],
] as const)('the option %s of others', async (name, make, hint) => {
  const message = await optionOf(make)
  expect(message).toContain(`there is no option "${name}"; ${hint}`)
})

test.each([
  ['failed', 'filter: "failed" is not understood; write state:failed.'],
  ['done', 'filter: "done" is not understood; write state:succeeded.'],
  ['state=failed', 'filter: "state=failed" is not understood; write state:failed.'],
  ['metadata.team=a', 'filter: "metadata.team=a" has no value; write metadata.team:a.'],
  ['name:hello', 'filter: "name:hello" is not understood, did you mean "job"?'],
  ...['pending', 'queued', 'waiting'].map((word) => [
    `state:${word}`,
    `"${word}" is not allowed, did you mean "ready"?`,
  ]),
  ...['done', 'completed', 'success'].map((word) => [`state:${word}`, `did you mean "succeeded"?`]),
  ['state:active', 'did you mean "running"?'],
  ...['error', 'errored'].map((word) => [`state:${word}`, `did you mean "failed"?`]),
  ['state:constructor', 'filter state: "constructor" is not allowed. It must be'],
  ['since:yesterday', 'filter since: "yesterday" is neither a duration before now, such as 1h or 1d, nor an instant'],
  ['until:2027-01-31', 'filter until: "2027-01-31" is neither a duration'],
  ['since:900000d', 'is longer than 100 years'],
] as [string, string][])('the filter %s', async (filter, message) => {
  await using rota = createRota({ storage: 'sqlite::memory:' })
  expect(await optionOf(() => rota.jobs.list({ filter }))).toContain(message)
})

test.each([
  ['./x.db', 'storage: "./x.db" is not a storage; for SQLite write "sqlite:./x.db".'],
  ['jobs.sqlite3', '; for SQLite write "sqlite:jobs.sqlite3".'],
  [':memory:', '; for SQLite write "sqlite::memory:".'],
  ['mysql://me:secret@host/x.db', 'storage: "mysql:…" is not a storage. Use'],
  ['/me:secret@host/x.db', 'is not a storage. Use'],
])('the storage %s', async (storage, message) => {
  const said = await optionOf(() => createRota({ storage }))
  expect(said).toContain(message)
  expect(said).not.toContain('secret')
})

test('a payload of exactly 128 KiB is stored', async () => {
  await using rota = createRota({ storage: 'sqlite::memory:', jobs: [anything] })
  const text = 'x'.repeat(128 * 1024 - 2)
  const { id } = await rota.enqueue(anything, text)
  expect((await rota.job(id))?.input).toBe(text)
})

test('one bad input among many: the error names it, nothing is stored', async () => {
  await using rota = createRota({ storage: 'sqlite::memory:', jobs: [greet] })
  const inputs = [{ name: 'Ada' }, { name: 'Bob' }, { name: 7 as unknown as string }]
  await expect(rota.enqueueMany(greet, inputs)).rejects.toMatchObject({ code: 'input_invalid', field: 'inputs[2]' })
  expect((await rota.jobs.list({})).jobs).toEqual([])
})

test('a postgres storage checks its options', () => {
  expect(() => postgres({ url: 'postgres://x', lsten: true } as never)).toThrow('did you mean "listen"?')
  expect(() => postgres({ url: 'postgres://x', connections: 1 })).toThrow('a whole number from 2 to 1000')
  expect(() => postgres({ url: 'postgres://x', schema: 'a"; drop table x' })).toThrow('Use lower-case letters')
  expect(() => postgres({})).toThrow('give either "url" or "pool"')
  expect(() => sqlite({ file: '' })).toThrow(expect.objectContaining({ field: 'file' }))
})
