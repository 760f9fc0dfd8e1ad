/** Stores jobs: a call of `enqueue`, `enqueueMany` or `flow` → middleware → rows (`enqueue.ts`) → the inserter, or a transaction of the caller's. */
import { checkJob, type Job } from '../job/define.ts'
import type { EnqueueArguments, Enqueued, EnqueueOptions } from '../job/enqueue-options.ts'
import { isRotaError, RotaError, show } from '../job/errors.ts'
import type { StoredFlow } from '../job/flow.ts'
import * as check from '../job/options.ts'
import type { InsertResult, NewJob } from '../storage/contract.ts'
import { type Call, untilAborted } from './abort.ts'
import { clusterArchived } from './archived.ts'
import type { Connection } from './connection.ts'
import { flowTemplate, newJob, storing, type Template, template, warnOfOptions } from './enqueue.ts'
import { type FlowBuilder, idsOf, type Planned, planFlow } from './flow.ts'
import { batchesOf } from './inserter.ts'
import { type EnqueueCall, throughEnqueue, throughEnqueueMany } from './middleware.ts'
import type { ClusterSettings } from './options.ts'
import type { Runtime } from './runtime.ts'

/** As for one job; the key is made of each input. */
export interface EnqueueManyOptions<Input> extends Omit<EnqueueOptions, 'idempotencyKey'> {
  /** Gives the key for an input, 1 to 500 characters. */
  readonly idempotencyKey?: (input: Input) => string
}

export interface FlowOptions extends Pick<EnqueueOptions, 'tx' | 'wake'> {
  /** Gives up the call: what is not sent yet is not stored. */
  readonly signal?: AbortSignal
  /** @default the default cluster */
  readonly cluster?: string
}

/** Of one cluster. */
export class Producer {
  readonly #settings: ClusterSettings
  readonly #runtime: Runtime
  readonly #connection: Pick<Connection, 'open' | 'wake'>
  readonly #itself: check.Check<string>

  /** @param itself refuses the name of another cluster */
  constructor(
    settings: ClusterSettings,
    runtime: Runtime,
    connection: Pick<Connection, 'open' | 'wake'>,
    itself: check.Check<string>,
  ) {
    this.#settings = settings
    this.#runtime = runtime
    this.#connection = connection
    this.#itself = itself
  }

  /** @param flow id of the flow of the running job that asks */
  async enqueue<Input, Output>(
    job: Job<Input, Output>,
    args: EnqueueArguments<Input>,
    flow: string | null,
  ): Promise<Enqueued<Output>> {
    const [input, options = {}] = args
    const known = checkJob(job, 'enqueue')
    if (args.length === 1) warnOfOptions(known, args[0])
    this.#mayStore()
    const { cluster, middleware } = this.#settings
    const call: EnqueueCall = { cluster, job: known.id, input, options }
    const stored = await untilAborted(options?.signal, (own) =>
      throughEnqueue(middleware.enqueue, call, async (changed) => {
        const plain = this.#template('enqueue', known, changed.options)
        const linked = flow === null ? plain : { ...plain, flow: { id: flow, name: null } }
        const one = await this.#newJob(known, changed.input, linked)
        const [result] = await this.#store([one], changed.options, own)
        return enqueued(result as InsertResult, one)
      }),
    )
    return stored as Enqueued<Output>
  }

  async enqueueMany<Input, Output>(
    job: Job<Input, Output>,
    inputs: readonly NoInfer<Input>[],
    options: EnqueueManyOptions<NoInfer<Input>>,
  ): Promise<Enqueued<Output>[]> {
    if (!Array.isArray(inputs))
      throw new RotaError('option_invalid', `inputs: ${show(inputs)} is not a list.`, { field: 'inputs' })
    check.checkObject('enqueueMany', options)
    const { idempotencyKey, ...rest } = options
    if (idempotencyKey !== undefined) check.func(idempotencyKey, 'idempotencyKey')
    const known = checkJob(job, 'enqueueMany')
    this.#mayStore()
    const shared = this.#template('enqueueMany', known, rest)
    const templateOf = (own: EnqueueOptions) => (own === rest ? shared : this.#template('enqueueMany', known, own))
    const optionsOf = (input: Input): EnqueueOptions =>
      idempotencyKey === undefined
        ? rest
        : { ...rest, idempotencyKey: check.text(500)(idempotencyKey(input), 'idempotencyKey') }
    const { cluster, middleware } = this.#settings
    const calls = inputs.map((input, i): EnqueueCall => {
      try {
        return { cluster, job: known.id, input, options: optionsOf(input) }
      } catch (error) {
        throw ofInput(i, error)
      }
    })
    const stored = await untilAborted(rest.signal, (own) =>
      throughEnqueueMany(middleware.enqueue, calls, {
        make: (call) => this.#newJob(known, call.input, templateOf(call.options)),
        ofInput,
        store: (jobs) => this.#storeMany(batchesOf(jobs), rest, own),
        runtime: this.#runtime,
      }),
    )
    return stored as Enqueued<Output>[]
  }

  async flow<Nodes>(
    name: string,
    build: (flow: FlowBuilder) => Nodes,
    options: FlowOptions,
  ): Promise<StoredFlow<Nodes>> {
    check.checkOptions('flow', options, { ...storing, cluster: this.#itself, signal: check.signal })
    check.text(200)(name, 'name')
    check.func(build, 'build')
    this.#mayStore()
    const { cluster, middleware, jobDefaults, payloadLimit } = this.#settings
    const id = this.#runtime.id()
    const newId = () => this.#runtime.id()
    const templateOf = (job: Job, own: object) => flowTemplate(job, own, jobDefaults)
    const { nodes, jobs } = planFlow(build, newId, templateOf)
    const calls = jobs.map(({ job, input, options: own }) => ({ cluster, job: job.id, input, options: own }))
    const stored = await untilAborted(options.signal, (call) =>
      throughEnqueueMany(middleware.enqueue, calls, {
        make: async ({ input, options: own }, i) => {
          const planned = jobs[i] as Planned
          const template = own === planned.options ? planned.template : templateOf(planned.job, own)
          const links = { parents: [...planned.parents.values()], flow: { id, name } }
          return newJob(planned.job, input, { ...template, ...links }, payloadLimit, planned.id)
        },
        ofInput: (i, error) => prefixed(`flow job ${i + 1} ("${jobs[i]?.job.id}")`, error),
        store: (batch) => this.#storeMany([batch], options, call),
        runtime: this.#runtime,
        whole: true,
      }),
    )
    const ids = new Map(stored.map((one, i) => [jobs[i]?.id, one.id]))
    return { id, name, jobs: idsOf(nodes, ids) }
  }

  async #storeMany(
    batches: Iterable<readonly NewJob[]>,
    options: Pick<EnqueueOptions, 'tx' | 'wake'>,
    call: Call | null,
  ): Promise<Enqueued[]> {
    const results: Enqueued[] = []
    for (const batch of batches) {
      const inserted = await this.#store(batch, options, call)
      for (const [i, result] of inserted.entries()) results.push(enqueued(result, batch[i] as NewJob))
    }
    return results
  }

  /** In a transaction of the caller's: as it is and by itself. Workers hear of it from the database, when it is committed. */
  async #store(
    jobs: readonly NewJob[],
    { tx, wake = true }: Pick<EnqueueOptions, 'tx' | 'wake'>,
    call: Call | null,
  ): Promise<readonly InsertResult[]> {
    const { storage, inserter } = await this.#connection.open()
    if (tx !== undefined) return storage.insert(jobs, { tx, wake })
    const results = await inserter.insert(jobs, call)
    if (jobs[0]) this.#connection.wake(jobs[0])
    return results
  }

  #mayStore(): void {
    const { mode, cluster } = this.#settings
    if (mode === 'archived') throw clusterArchived(cluster, 'no job can be stored')
  }

  #template(where: string, job: Job, { cluster, ...options }: EnqueueOptions): Template {
    if (cluster !== undefined) this.#itself(cluster, 'cluster')
    return template(where, job, options, this.#settings.jobDefaults)
  }

  #newJob(job: Job, input: unknown, own: Template): NewJob | Promise<NewJob> {
    return newJob(job, input, own, this.#settings.payloadLimit, this.#runtime.id())
  }
}

function enqueued<Output>(result: InsertResult, asked: NewJob): Enqueued<Output> {
  if (result.status === 'orphan') {
    const message = `after: there is no job ${result.parent} (any more), so "${asked.job}" could wait for it for ever. Nothing was stored.`
    throw new RotaError('parent_not_found', message, { field: 'after' })
  }
  if (result.status !== 'conflict') return { id: result.id, status: result.status }
  const key = show(asked.idempotency?.key)
  throw new RotaError(
    'idempotency_conflict',
    `idempotencyKey: ${key} was used for job "${asked.job}" with another input (${result.id}). Use another key for another input.`,
    { field: 'idempotencyKey' },
  )
}

/** Tells in the message of an error which input is meant. */
const ofInput = (i: number, error: unknown): unknown => prefixed(`inputs[${i}]`, error)

function prefixed(which: string, error: unknown): unknown {
  return isRotaError(error)
    ? new RotaError(error.code, `${which}: ${error.message}`, { field: which, cause: error })
    : error
}
