/**
 * Why a job stands where it stands. Pure: the engine gathers the facts, here it is decided what they mean and what helps.
 * What holds the job comes first, what may happen to it meanwhile last.
 */
import type { AttemptFact, ExplainCode, ExplainFacts, Explanation, JobFact, Reason } from './explain-facts.ts'
import { explainOver, explainRunning } from './explain-held.ts'
import { explainParents } from './explain-parents.ts'
import { moment, span } from './span.ts'
import { isFinalState, suspectAfter } from './states.ts'
import { suggest } from './suggest.ts'

export function explain(facts: ExplainFacts): Explanation {
  const { job } = facts
  if (isFinalState(job.state)) return { since: job.finishedAt ?? job.dueAt, reasons: [explainOver(job, facts.parents)] }
  if (job.state === 'running') return { since: job.startedAt ?? job.dueAt, reasons: explainRunning(facts) }
  const own = job.state === 'blocked' ? blocked(facts) : job.state === 'scheduled' ? [scheduled(facts)] : []
  const held = [...passive(facts), ...own, ...paused(facts), ...(facts.disabled ? [disabled(job)] : unserved(facts))]
  if (held.length === 0) held.push(queued(facts))
  return { since: waitsSince(facts), reasons: [...held, ...expires(facts)] }
}

const reason = (
  code: ExplainCode,
  message: string,
  fix: string,
  command: string | null = null,
  until: number | null = null,
): Reason => ({ code, message, fix, command, until })

/** The try after which it went back to wait: the last one, when it told something. */
const lastTry = ({ job, attempts }: ExplainFacts): AttemptFact | undefined =>
  attempts.find(({ fence }) => fence === job.fence)

function waitsSince(facts: ExplainFacts): number {
  const { state, dueAt, createdAt } = facts.job
  return state === 'ready' ? Math.max(dueAt, createdAt) : (lastTry(facts)?.endedAt ?? createdAt)
}

function passive({ mode }: ExplainFacts): Reason[] {
  if (mode === 'active') return []
  const does = mode === 'passive' ? 'accepts jobs and runs none' : 'is only read'
  return [reason('cluster_passive', `The cluster is ${mode}: it ${does}.`, "Set its mode to 'active' in `clusters`.")]
}

function blocked({ parents }: ExplainFacts): Reason[] {
  const reasons = explainParents(parents)
  if (reasons.length > 0) return reasons
  return [reason('blocked', 'It waits for other jobs.', 'Look again in a moment.')]
}

function scheduled(facts: ExplainFacts): Reason {
  const { job, now } = facts
  const { id, dueAt } = job
  const due = dueAt > now ? `due at ${moment(dueAt)}, in ${span(dueAt - now)}` : 'due, and ready once a worker looks'
  const last = lastTry(facts)
  const { code, why } = whyScheduled(job, last)
  if (code === 'awaiting_report')
    return reason(
      code,
      `${why}; without a report it has timed out at ${moment(dueAt)}.`,
      'To have it sent anew, make it due.',
      `rota jobs run ${id}`,
      dueAt,
    )
  return reason(code, `${why}; it is ${due}.`, 'To run it now, make it due.', `rota jobs run ${id}`, dueAt)
}

function whyScheduled(job: JobFact, last: AttemptFact | undefined): { code: ExplainCode; why: string } {
  if (last?.to !== 'scheduled') return { code: 'scheduled', why: 'It was asked for at a later time' }
  if (last.reason === 'snoozed') return { code: 'snoozed', why: 'Its handler asked to be run again later' }
  if (last.reason === 'awaiting_report')
    return {
      code: 'awaiting_report',
      why: `Its target took the work at ${moment(last.endedAt)} and is to report how it ended`,
    }
  if (last.reason === 'circuit_open')
    return {
      code: 'circuit_open',
      why: 'The host that it calls failed again and again, so it is left alone for a while',
    }
  const error = last.error === null ? (last.reason ?? 'without an error') : last.error.message
  return { code: 'backoff', why: `Try ${last.attempt} of ${job.maxAttempts} failed (${error})` }
}

function disabled({ job }: JobFact): Reason {
  return reason('handler_disabled', `The definition "${job}" is disabled.`, 'Enable it.', `rota handlers enable ${job}`)
}

function paused({ job, paused: pause }: ExplainFacts): Reason[] {
  if (pause === null) return []
  const message = ended(`Lane "${job.lane}" is paused since ${moment(pause.since)}: ${pause.reason}`)
  return [reason('lane_paused', message, 'Let the lane go on.', `rota lanes resume ${job.lane}`)]
}

const serving = ({ job, workers }: ExplainFacts) =>
  workers.filter(({ lanes }) => lanes.some(({ name }) => name === job.lane))

/** Those that could run it, though one that drains claims nothing. */
const knowing = (facts: ExplainFacts) => serving(facts).filter(({ jobs }) => jobs.includes(facts.job.job))

const listed = (names: readonly string[]): string => {
  const all = [...new Set(names)].sort()
  return all.length > 10 ? `${all.slice(0, 10).join(', ')} and ${all.length - 10} more` : all.join(', ')
}

/** Nobody is there who could run it. */
function unserved(facts: ExplainFacts): Reason[] {
  const { job, workers } = facts
  const here = serving(facts)
  if (here.length === 0) {
    const lanes = workers.flatMap((worker) => worker.lanes.map(({ name }) => name))
    const others = lanes.length === 0 ? 'no worker is alive' : `${servedOnly(lanes)}${suggest(job.lane, lanes)}`
    const message = `No live worker serves lane "${job.lane}": ${ended(others)}`
    const fix = `Start a worker that serves it: \`lanes: { '${job.lane}': 10 }\` in its configuration.`
    return [reason('no_worker', message, fix, 'rota worker')]
  }
  const able = knowing(facts)
  if (able.some(({ draining }) => !draining)) return []
  const [drained] = able
  if (drained !== undefined) {
    const who =
      able.length === 1
        ? `Worker "${drained.name}", the only one that could run it, was`
        : `All ${able.length} workers that could run it were`
    const message = `${who} asked to claim no more.`
    const fix = 'Let one go on, or start another.'
    return [reason('worker_draining', message, fix, `rota workers resume ${drained.id}`)]
  }
  const known = here.flatMap(({ jobs }) => jobs)
  const message = `No live worker of lane "${job.lane}" knows the job "${job.job}"${suggest(job.job, known) || '.'}`
  const fix = `Start a worker that has the definition "${job.job}" among its jobs; there they know ${listed(known) || 'none'}.`
  return [reason('job_unknown', message, fix, 'rota worker')]
}

const servedOnly = (lanes: readonly string[]): string => `those alive serve ${listed(lanes)}`
const ended = (text: string): string => (/[.?]$/.test(text) ? text : `${text}.`)

/** Somebody could run it; so it waits for its turn. */
function queued(facts: ExplainFacts): Reason {
  const { job, held } = facts
  const able = knowing(facts).filter(({ draining }) => !draining)
  const slots = able.map(({ id, lanes }) => ({ id, n: lanes.find(({ name }) => name === job.lane)?.concurrency ?? 0 }))
  const has = (id: string) => held.find(({ worker }) => worker === id)?.jobs ?? 0
  const all = slots.reduce((sum, { n }) => sum + n, 0)
  const busy = slots.reduce((sum, { id, n }) => sum + Math.min(n, has(id)), 0)
  if (busy < all) return job.lapses >= suspectAfter ? lapsed(job) : starting(facts)
  const taken = all === 1 ? `The only slot of lane "${job.lane}" is` : `All ${all} slots of lane "${job.lane}" are`
  const message = `${taken} taken${behind(facts)}.`
  const fix = 'Look at what runs there; a larger `concurrency` of the lane or another worker adds slots.'
  return reason('slots_busy', message, fix, `rota jobs list state:running lane:${job.lane}`)
}

const behind = ({ ahead, countedUpTo, job }: ExplainFacts): string => {
  if (job.lapses >= suspectAfter) return ', and a worker takes it alone because it was lost with its worker before'
  if (ahead === 0) return ', and it is the next one'
  if (ahead === 1) return ', and 1 job comes before it'
  return `, and ${ahead >= countedUpTo ? `${countedUpTo} jobs or more` : `${ahead} jobs`} come before it`
}

const lapsed = ({ lapses }: JobFact): Reason =>
  reason(
    'lapsed',
    `Its worker was lost ${lapses} times while it ran, so a worker takes it alone, one such job at a time.`,
    'Nothing to do: it comes when the slot for it is free. Look at its log for what might end its process.',
  )

function starting(facts: ExplainFacts): Reason {
  const { ahead, job } = facts
  if (job.reason === 'job_unknown') {
    const message = 'It was set aside while nobody knew it, and comes back within a sixth of the lease of a worker.'
    return reason('starting', message, 'Nothing to do.')
  }
  const turn = ahead === 0 ? 'It should start' : `Slots are free${behind(facts).replace(', and', ';')}; it should start`
  return reason('starting', `${turn} within the poll of a worker, a second unless set otherwise.`, 'Nothing to do.')
}

function expires({ job, now }: ExplainFacts): Reason[] {
  const { expiresAt } = job
  if (expiresAt === null) return []
  const when = expiresAt > now ? `at ${moment(expiresAt)}, in ${span(expiresAt - now)}` : 'now: its time is over'
  return [
    reason('expires', `Unless it is started before, it expires ${when}.`, 'Help it to start in time.', null, expiresAt),
  ]
}
