/**
 * Requests made from the OpenAPI document, good and spoilt: none is answered with a fault of the server, and every answer is as the document
 * says. `ROTA_FUZZ_RUNS` is how many for each operation; `ROTA_FUZZ_SEED` repeats those of a run that found something.
 */

import Ajv2020 from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { operations } from '../../src/api/index.ts'
import { defineJob } from '../../src/index.ts'
import {
  type Known,
  type OpenApi,
  type OpenApiOperation,
  requestsOf,
  type WrittenRequest,
} from '../support/openapi-requests.ts'
import { type RunningPostgres, startPostgres } from '../support/postgres.ts'
import { note, startServer, type TestServer } from '../support/server.ts'

const runs = Number(process.env.ROTA_FUZZ_RUNS ?? 40)
const seed = process.env.ROTA_FUZZ_SEED

const failing = defineJob({
  id: 'failing',
  retries: 0,
  run: () => {
    throw new Error('no luck')
  },
})

/** Operations that wait for something: who asks goes away after a while. */
const waits = ['jobs.result', 'workers.claim', 'workers.hints', 'events.stream']
const patience = 300

let postgres: RunningPostgres | undefined
let server: TestServer
let as: string
let document: OpenApi
let known: Known
let ajv: InstanceType<typeof Ajv2020.default>
/** What went wrong inside, by the id that the answer has. */
const faults: unknown[] = []

async function prepare(storage: string): Promise<void> {
  server = await startServer({ storage, jobs: [note, failing], onError: (error) => faults.push(error) })
  as = (await server.key('admin')).key
  document = (await server.call('GET', '/openapi.json')).body
  ajv = new Ajv2020.default({ strict: false })
  addFormats.default(ajv)
  ajv.addSchema(document, 'rota')
  const post = async (path: string, body: object) => (await server.call('POST', `/api${path}`, { as, body })).body
  const aNote = { job: 'note', input: { text: 'x' } }
  await server.rota.start()
  const over = [(await post('/jobs', aNote)).id, (await post('/jobs', { job: 'failing' })).id]
  for (const id of over) await server.rota.result(id).catch(() => {})
  const parent = (await post('/jobs', { ...aNote, in: '1h' })).id
  const child = (await post('/jobs', { ...aNote, after: [parent] })).id
  const flow = (await post('/flows', { name: 'f', jobs: [{ ref: 'a', ...aNote, in: '1h' }] })).id
  for (const id of ['daily', 'note']) {
    const asked = { as, body: { ...aNote, when: 'every day' } }
    expect((await server.call('PUT', `/api/schedules/${id}`, asked)).status).toBe(201)
  }
  // Port 9 of this machine is refused before anything is sent.
  const hook = { as, body: { http: { url: 'http://127.0.0.1:9/{{input.text}}' }, retries: 0 } }
  expect((await server.call('PUT', '/api/handlers/hook', hook)).status).toBe(201)
  await post('/jobs', { job: 'hook', input: { text: 'x' } })
  const person = await server.person('operator', 'ada@example.com')
  const worker = (await server.rota.cluster('default').workers())[0]?.id ?? ''
  const other = (await server.key('viewer')).id
  known = {
    ids: [...over, parent, child, flow, person.id, worker, other, '0190c0de-0000-7000-8000-000000000000'],
    names: ['note', 'failing', 'daily', 'default', 'mail', 'nothing', 'hook', 'http://127.0.0.1:9/', parent, flow],
  }
}

async function send({ method, target, headers, body }: WrittenRequest) {
  const response = await fetch(`${server.url}/api${target}`, {
    method,
    headers: { authorization: `Bearer ${as}`, ...headers },
    redirect: 'manual',
    signal: AbortSignal.timeout(patience),
    ...(body !== null && { body }),
  })
  const { status } = response
  const type = response.headers.get('content-type')?.split(';')[0] ?? null
  if (type === 'text/event-stream') {
    await response.body?.cancel()
    return { status, type, text: '' }
  }
  return { status, type, text: await response.text() }
}

/** What is wrong with an answer; null for nothing. */
function wrong(
  path: string,
  method: string,
  operation: OpenApiOperation,
  { status, type, text }: Awaited<ReturnType<typeof send>>,
): string | null {
  if (status >= 500) return `${status}: ${text} ${faults.at(-1) instanceof Error ? (faults.at(-1) as Error).stack : ''}`
  const which = status in operation.responses ? String(status) : status >= 400 ? 'default' : null
  if (which === null) return `status ${status} is not in the document: ${text.slice(0, 200)}`
  const { content = {} } = operation.responses[which] as OpenApiOperation['responses'][string]
  if (Object.keys(content).length === 0 || (status < 400 && status >= 300))
    return text === '' ? null : `status ${status} has a body`
  if (type === null || !(type in content)) return `status ${status} has the type ${type}`
  if (type === 'text/event-stream') return null
  const pointer = ['paths', path, method, 'responses', which, 'content', type, 'schema'].map(escaped).join('/')
  const validate = ajv.getSchema(`rota#/${pointer}`) ?? ajv.compile({ $ref: `rota#/${pointer}` })
  const body: unknown = JSON.parse(text)
  if (which === 'default' && (body as { status?: number }).status !== status)
    return `the problem has another status: ${text}`
  return validate(body) === true ? null : `${ajv.errorsText(validate.errors)}: ${text.slice(0, 300)}`
}

const escaped = (part: string): string => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))

describe.each(['SQLite', 'PostgreSQL'])('every operation withstands what is sent to it, %s', (kind) => {
  beforeAll(async () => {
    if (kind === 'PostgreSQL') postgres = await startPostgres()
    await prepare(postgres?.url ?? 'sqlite::memory:')
  })
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
    await postgres?.stop()
  })

  test.each(operations())('$id', async ({ id, path, method: upper }) => {
    const method = upper.toLowerCase()
    const operation = document.paths[path]?.[method]
    if (operation === undefined) throw new Error(`${upper} ${path} is not in the document.`)
    const property = fc.asyncProperty(requestsOf(path, method, operation, known), async (request) => {
      try {
        const said = wrong(path, method, operation, await send(request))
        if (said !== null) throw new Error(said)
      } catch (error) {
        if ((error as Error).name !== 'TimeoutError' || !waits.includes(id)) throw error
      }
    })
    const own = {
      numRuns: waits.includes(id) ? Math.ceil(runs / 4) : runs,
      ...(seed !== undefined && { seed: Number(seed) }),
    }
    await fc.assert(property, { ...own, interruptAfterTimeLimit: 50_000 })
  })

  test('the server is alive after all of it, and lets in whom it did before', async () => {
    expect((await server.call('GET', '/healthz')).status).toBe(200)
    expect((await server.call('GET', '/readyz')).status).toBe(200)
    expect((await server.call('GET', '/api/jobs')).status).toBe(401)
    expect((await server.call('GET', '/api/auth/me', { as })).body).toMatchObject({ kind: 'key', role: 'admin' })
  })
})
