import { describe, expect, test } from 'vitest'
import { explain } from './explain.ts'
import { type ExplainFacts, explainCodes, type JobFact, type ParentFact, type WorkerFact } from './explain-facts.ts'

const now = Date.UTC(2027, 0, 31, 9)
const id = '01890a5d-ac96-774b-bcce-b302099a8057'

const job: JobFact = {
  id,
  job: 'send',
  state: 'ready',
  lane: 'mail',
  attempt: 0,
  maxAttempts: 4,
  timeout: 60_000,
  lapses: 0,
  fence: 0,
  worker: null,
  dueAt: now - 5_000,
  createdAt: now - 9_000,
  startedAt: null,
  finishedAt: null,
  reason: null,
  expiresAt: null,
  error: null,
}

const worker = (name: string, fields: Partial<WorkerFact> = {}): WorkerFact => ({
  id: name,
  name,
  lanes: [{ name: 'mail', concurrency: 2 }],
  jobs: ['send'],
  leaseUntil: now + 20_000,
  draining: false,
  ...fields,
})

const facts = (own: Partial<JobFact> = {}, fields: Partial<ExplainFacts> = {}): ExplainFacts => ({
  now,
  mode: 'active',
  job: { ...job, ...own },
  parents: [],
  attempts: [],
  workers: [worker('a')],
  paused: null,
  ahead: 0,
  countedUpTo: 1_000,
  held: [],
  cancelAsked: null,
  disabled: false,
  ...fields,
})

const parent = (fields: Partial<ParentFact>): ParentFact => ({
  id: 'p',
  job: 'charge',
  state: 'running',
  onFail: 'cancel',
  error: null,
  ...fields,
})
const error = { name: 'Error', message: 'no luck' }
const attempt = { fence: 1, attempt: 1, endedAt: now - 3_000, to: 'scheduled', reason: null, error } as const
const tried: Partial<JobFact> = { state: 'scheduled', fence: 1, attempt: 1, dueAt: now + 90_000 }

type Case = readonly [code: string, facts: ExplainFacts, says: string, command: string | null, rest?: readonly string[]]

const cases: readonly Case[] = [
  ['starting', facts(), 'It should start within', null],
  ['starting', facts({ reason: 'job_unknown' }), 'set aside while nobody knew it', null],
  ['starting', facts({}, { ahead: 3 }), '3 jobs come before it', null],
  [
    'lane_paused',
    facts({}, { paused: { reason: 'deploy', since: now } }),
    '"mail" is paused since 2027-01-31T09:00:00Z: deploy.',
    'rota lanes resume mail',
  ],
  ['cluster_passive', facts({}, { mode: 'passive' }), 'runs none', null],
  ['cluster_passive', facts({}, { mode: 'archived' }), 'only read', null],
  ['no_worker', facts({}, { workers: [] }), 'no worker is alive', 'rota worker'],
  ['no_worker', facts({ lane: 'mial' }), 'serve mail, did you mean "mail"?', 'rota worker'],
  ['job_unknown', facts({ job: 'sned' }), 'knows the job "sned", did you mean "send"?', 'rota worker'],
  [
    'worker_draining',
    facts({}, { workers: [worker('a', { draining: true })] }),
    'Worker "a", the only one that could run it, was asked to claim no more.',
    'rota workers resume a',
  ],
  [
    'worker_draining',
    facts(
      {},
      { workers: [worker('a', { draining: true }), worker('b', { draining: true }), worker('c', { jobs: [] })] },
    ),
    'All 2 workers that could run it were asked',
    'rota workers resume a',
  ],
  [
    'job_unknown',
    facts({}, { workers: [worker('a', { draining: true, jobs: [] })] }),
    'knows the job "send"',
    'rota worker',
  ],
  [
    'slots_busy',
    facts({}, { workers: [worker('a', { draining: true }), worker('b')], held: [{ worker: 'b', jobs: 2 }] }),
    'All 2 slots',
    'rota jobs list state:running lane:mail',
  ],
  [
    'slots_busy',
    facts({}, { held: [{ worker: 'a', jobs: 2 }], ahead: 1 }),
    'All 2 slots of lane "mail" are taken, and 1 job comes before',
    'rota jobs list state:running lane:mail',
  ],
  [
    'slots_busy',
    facts({}, { held: [{ worker: 'a', jobs: 9 }], ahead: 1_000 }),
    '1000 jobs or more',
    'rota jobs list state:running lane:mail',
  ],
  ['lapsed', facts({ lapses: 2 }), 'lost 2 times', null],
  [
    'slots_busy',
    facts({ lapses: 2 }, { held: [{ worker: 'a', jobs: 2 }] }),
    'takes it alone',
    'rota jobs list state:running lane:mail',
  ],
  [
    'scheduled',
    facts({ state: 'scheduled', dueAt: now + 3_700_000 }),
    'due at 2027-01-31T10:01:40Z, in 1 h 1 min',
    `rota jobs run ${id}`,
  ],
  ['scheduled', facts({ state: 'scheduled' }), 'ready once a worker looks', `rota jobs run ${id}`],
  ['backoff', facts(tried, { attempts: [attempt] }), 'Try 1 of 4 failed (no luck)', `rota jobs run ${id}`],
  [
    'awaiting_report',
    facts(tried, { attempts: [{ ...attempt, reason: 'awaiting_report', error: null }] }),
    'is to report how it ended; without a report it has timed out at',
    `rota jobs run ${id}`,
  ],
  [
    'circuit_open',
    facts(tried, { attempts: [{ ...attempt, reason: 'circuit_open', error: null }] }),
    'failed again and again',
    `rota jobs run ${id}`,
  ],
  ['handler_disabled', facts({}, { disabled: true }), 'is disabled', 'rota handlers enable send'],
  [
    'snoozed',
    facts(tried, { attempts: [{ ...attempt, reason: 'snoozed', error: null }] }),
    'asked to be run again later',
    `rota jobs run ${id}`,
  ],
  ['blocked', facts({ state: 'blocked' }), 'other jobs', null],
  [
    'blocked_by_parent',
    facts({ state: 'blocked' }, { parents: [parent({ state: 'succeeded' }), parent({})] }),
    'job p (charge) to succeed, which is running',
    'rota jobs explain p',
  ],
  [
    'blocked_by_parent',
    facts({ state: 'blocked' }, { parents: [parent({ onFail: 'run' })] }),
    'job p (charge) to end',
    'rota jobs explain p',
  ],
  [
    'parent_failed',
    facts({ state: 'blocked' }, { parents: [parent({ state: 'failed', onFail: 'wait', error })] }),
    'failed (no luck), and it waits',
    'rota jobs retry p',
  ],
  ['parent_gone', facts({ state: 'blocked' }, { parents: [parent({ state: null })] }), 'not stored any more', null],
  [
    'running',
    facts({ state: 'running', worker: 'a', startedAt: now - 2_000 }),
    'Worker "a" (a) has it since 2027-01-31T08:59:58Z, 2 s ago; it may take 1 min',
    null,
  ],
  [
    'running',
    facts({ state: 'running', worker: 'a', startedAt: now }, { held: [{ worker: 'a', jobs: 7 }] }),
    'It may still wait there: 7 jobs of its lane are there for 2 slots.',
    null,
  ],
  [
    'overdue',
    facts({ state: 'running', worker: 'a', startedAt: now - 61_000 }),
    'longer than its timeout of 1 min',
    null,
  ],
  ['worker_lost', facts({ state: 'running', worker: 'gone' }), 'Worker gone, which had it, holds no lease', null],
  [
    'worker_lost',
    facts({ state: 'running', worker: 'gone', lapses: 2 }, { workers: [] }),
    'fails then as abandoned',
    'rota worker',
  ],
  [
    'cancel_asked',
    facts({ state: 'running', worker: 'a', startedAt: now }, { cancelAsked: 'enough' }),
    '(enough)',
    null,
    ['running'],
  ],
  [
    'failed',
    facts({ state: 'failed', attempt: 4, error, finishedAt: now }),
    'failed at 2027-01-31T09:00:00Z, with try 4 of 4: no luck.',
    `rota jobs retry ${id}`,
  ],
  ['succeeded', facts({ state: 'succeeded', attempt: 1, finishedAt: now }), 'succeeded at', null],
  [
    'cancelled',
    facts({ state: 'cancelled', reason: 'no need', finishedAt: now }),
    'was cancelled at 2027-01-31T09:00:00Z, with try 0 of 4: no need',
    `rota jobs retry ${id}`,
  ],
  [
    'expired',
    facts({ state: 'expired', finishedAt: now }),
    'expired at 2027-01-31T09:00:00Z.',
    `rota jobs retry ${id}`,
  ],
  ['starting', facts({ expiresAt: now + 1_500 }), 'It should start', null, ['expires']],
]

describe('what holds a job', () => {
  const named = cases.map(([code, given, says, command, rest = []]) => ({ code, given, says, command, rest }))
  test.each(named)('$code: $says', ({ code, given, says, command, rest }) => {
    const { reasons } = explain(given)
    expect(reasons.map((one) => one.code)).toEqual([code, ...rest])
    expect(reasons[0]?.message).toContain(says)
    expect(reasons[0]?.command).toBe(command)
    for (const { message, fix } of reasons) expect([message, fix].filter((text) => !/[.?\w]$/.test(text))).toEqual([])
  })

  test('every code has a case', () => {
    const met = cases.flatMap(([code, , , , rest = []]) => [code, ...rest])
    expect(Object.keys(explainCodes).filter((code) => !met.includes(code))).toEqual([])
  })

  test('all that holds it is told, what comes first at first', () => {
    const paused = { reason: 'deploy', since: now }
    const given = facts({ ...tried, expiresAt: now + 100_000 }, { paused, workers: [], mode: 'passive' })
    expect(explain(given).reasons.map(({ code }) => code)).toEqual([
      'cluster_passive',
      'scheduled',
      'lane_paused',
      'no_worker',
      'expires',
    ])
  })

  test('a slot of another worker that cannot run it is none', () => {
    const other = worker('b', { jobs: ['other'] })
    const held = [{ worker: 'a', jobs: 2 }]
    expect(explain(facts({}, { workers: [worker('a'), other], held })).reasons[0]?.code).toBe('slots_busy')
    expect(explain(facts({}, { workers: [worker('a'), worker('b')], held })).reasons[0]?.code).toBe('starting')
  })

  test('it is told since when, and until when', () => {
    expect(explain(facts()).since).toBe(job.dueAt)
    const { since, reasons } = explain(facts(tried, { attempts: [attempt] }))
    expect([since, reasons[0]?.until]).toEqual([attempt.endedAt, tried.dueAt])
    // A try of the time before a retry says nothing of the present wait.
    expect(explain(facts({ ...tried, fence: 2 }, { attempts: [attempt] })).reasons[0]?.code).toBe('scheduled')
  })
})
