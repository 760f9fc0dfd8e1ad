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
