import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { defineJob, type Job, type JobOptions, type } from '../job/define.ts'
import type { EnqueueOptions } from '../job/enqueue-options.ts'
import { priorities } from '../job/priority.ts'
import { onLapses } from '../job/states.ts'
import { onTimeouts } from '../job/timeout.ts'
import { onConflicts } from '../job/unique.ts'
import { type Defaults, template } from './enqueue.ts'
import { jobOfManifest, manifestOf, readManifest } from './manifest.ts'

const factory: Defaults = {
  retries: 3,
  timeout: 300_000,
  priority: 'medium',
  lane: 'default',
  keepSucceeded: 604_800_000,
  keepFailed: 2_592_000_000,
  onTimeout: 'fail',
  onLapse: 'retry',
  expiresIn: null,
  metadata: null,
}
const run = () => 'done'
const published = (job: Job, defaults = factory) => readManifest(JSON.stringify(manifestOf(job, defaults)))
const standIn = (job: Job, defaults = factory) => {
  const manifest = published(job, defaults)
  if (manifest === null) throw new Error('it cannot be read')
  return jobOfManifest(manifest, undefined)
}

const lane = fc.constantFrom('default', 'mail', 'a.b:c@d/e-f')
const kept = fc.integer({ min: 60_000, max: 1e12 })
const span = fc.integer({ min: 1, max: 1e12 })
const value = fc.oneof(fc.string({ unit: 'grapheme' }), fc.integer(), fc.boolean())
const keys = fc.constantFrom('team', 'region', 'öä', 'constructor')
const plainMetadata = fc.dictionary(keys, value)
const patch = fc.dictionary(keys, fc.option(value))
const retention = fc.oneof(
  fc.constant('none' as const),
  fc.record({ succeeded: fc.oneof(fc.constant('none' as const), kept), failed: kept }, { requiredKeys: [] }),
)
const states = fc.constantFrom('blocked' as const, 'scheduled' as const, 'ready' as const, 'running' as const)
const unique = fc.option(
  fc.record(
    {
      key: fc.constantFrom('input', 'input.user.id', 'input[0].a'),
      within: span,
      while: fc.uniqueArray(states, { minLength: 1 }),
      onConflict: fc.constantFrom(...onConflicts),
    },
    { requiredKeys: [] },
  ),
)
const shared = {
  retries: fc.integer({ min: 0, max: 1_000 }),
  timeout: span,
  priority: fc.constantFrom(...priorities),
  lane,
  onTimeout: fc.constantFrom(...onTimeouts),
  onLapse: fc.constantFrom(...onLapses),
  expiresIn: span,
  metadata: patch,
}
const definitions = fc.record({ ...shared, retention, unique }, { requiredKeys: [] })
const calls = fc.record({ ...shared, retention, unique }, { requiredKeys: [] })
const defaultsOfWorker = fc.record({
  ...shared,
  keepSucceeded: fc.oneof(fc.constant(0), kept),
  keepFailed: kept,
  expiresIn: fc.option(span),
  metadata: fc.option(plainMetadata),
})

describe('what is enqueued without the code of a definition', () => {
  const jobOf = (options: object) =>
    defineJob({ id: 'any', run, ...options } as unknown as JobOptions<never, string>) as unknown as Job

  test('is stored as with it, whatever the definition, the call and the defaults say', () => {
    const property = fc.property(definitions, calls, defaultsOfWorker, (options, call, defaults) => {
      const job = jobOf(options)
      const of = (one: Job) => template('enqueue', one, call as EnqueueOptions, defaults)
      expect(of(standIn(job, defaults))).toEqual(of(job))
    })
    fc.assert(property, { numRuns: 1_000 })
  })

  test('does not depend on the defaults of whoever enqueues', () => {
    const plain = fc.record({ ...shared, retention, unique }, { requiredKeys: [] })
    const property = fc.property(plain, defaultsOfWorker, defaultsOfWorker, (options, worker, other) => {
      const [ofWorker, ofOther] = [worker, other].map((defaults) => ({ ...defaults, metadata: null })) as [
        Defaults,
        Defaults,
      ]
      const job = jobOf(options)
      expect(template('enqueue', standIn(job, ofWorker), {}, ofOther)).toEqual(template('enqueue', job, {}, ofWorker))
    })
    fc.assert(property)
  })

  test('cannot run here', () => {
    expect(() => standIn(jobOf({})).run(null, {} as never)).toThrow(expect.objectContaining({ code: 'job_unknown' }))
  })
})

describe('a manifest', () => {
  const asJob = (job: unknown) => job as Job

  test('tells where a key can be made by code only', () => {
    const job = asJob(defineJob({ id: 'keyed', input: type<{ a: string }>(), unique: { key: ({ a }) => a }, run }))
    expect(published(job)).toMatchObject({ job: 'keyed', needsCode: 'unique', options: { unique: null } })
  })

  test('has the JSON Schema of what goes into a schema, not of what comes out', () => {
    const input = z.object({ n: z.number().default(3), when: z.string().transform((text) => text.length) })
    const job = asJob(defineJob({ id: 'typed', input, run }))
    expect(published(job)?.input).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      properties: { n: { type: 'number' }, when: { type: 'string' } },
      required: ['when'],
    })
  })

  test('has none where the schema cannot tell, or tells too much', () => {
    const cases = [type<string>(), z.date(), z.enum(Array.from({ length: 9_000 }, (_, i) => `value ${i}`))]
    for (const input of cases) expect(published(asJob(defineJob({ id: 'any', input, run })))?.input).toBeNull()
  })

  test('of a later version is read as far as it is known', () => {
    const manifest = manifestOf(asJob(defineJob({ id: 'any', run })), factory)
    const later = { ...manifest, options: { ...manifest.options, weight: 3 }, since: '2' }
    expect(readManifest(JSON.stringify(later))).toEqual(manifest)
  })

  test('that cannot be understood is none', () => {
    const manifest = manifestOf(asJob(defineJob({ id: 'any', run, unique: {} })), factory)
    const { unique: _, ...less } = manifest.options
    const texts = [
      '',
      'null',
      '[]',
      '{"job":"any"}',
      JSON.stringify({ ...manifest, job: 'no name' }),
      JSON.stringify({ ...manifest, needsCode: 'lane' }),
      JSON.stringify({ ...manifest, options: less }),
      JSON.stringify({ ...manifest, options: { ...manifest.options, priority: 'utmost' } }),
      JSON.stringify({ ...manifest, options: { ...manifest.options, unique: { onConflict: 'shout' } } }),
    ]
    expect(texts.map(readManifest)).toEqual(texts.map(() => null))
  })

  test('is read or refused, whatever stands there', () => {
    fc.assert(fc.property(fc.json(), (text) => readManifest(text) === null))
  })
})
