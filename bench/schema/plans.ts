import pg from 'pg'
import { freshCursors, makeJobs, type Outcome, succeeded } from './job.ts'
import { connect, createSchema, type SettleWay, settleValues, storeOn } from './postgres-store.ts'
import { type Design, statementsOf } from './sql-file.ts'

export interface Plan {
  statement: string
  situation: string
  mode: 'generic' | 'custom' | 'auto'
  milliseconds: number
  /** True when the plan reads the whole jobs table. */
  scansAll: boolean
}

interface Node {
  'Node Type': string
  'Relation Name'?: string
  Plans?: Node[]
}

const lanes = [0, 1, 2, 3, 4]
const settleWays: readonly SettleWay[] = ['join', 'jsonb', 'hashed', 'json']

/** Plans of claim and settle with few and many live rows, and those that were made while the table was empty. */
export async function checkPlans(url: string, design: Design, sizes: readonly number[]): Promise<Plan[]> {
  const plans: Plan[] = []
  for (const size of sizes) {
    await createSchema(url, 'rota_plans', design)
    await fillDue(url, design, size, true)
    for (const mode of ['generic', 'custom'] as const) {
      plans.push(...(await plansWith(url, design, `${size} live rows`, mode)))
    }
  }
  plans.push(...(await plansMadeEmpty(url, design, Math.max(...sizes), false)))
  plans.push(...(await plansMadeEmpty(url, design, Math.max(...sizes), true)))
  return plans
}

async function plansWith(url: string, design: Design, situation: string, mode: Plan['mode']): Promise<Plan[]> {
  const client = await connect(url, 'rota_plans')
  await client.query(`set plan_cache_mode = force_${mode}_plan; set jit = off`)
  await prepareAll(client, design)
  const plans = await explainAll(client, design, situation, mode)
  await client.end()
  return plans
}

/** An idle worker polls an empty table until its plans are cached; then a flood arrives, before any ANALYZE. */
async function plansMadeEmpty(url: string, design: Design, size: number, primed: boolean): Promise<Plan[]> {
  await createSchema(url, 'rota_plans', design, primed)
  const client = await connect(url, 'rota_plans')
  await client.query('alter table jobs set (autovacuum_enabled = off)')
  await client.query('vacuum analyze jobs')
  await prepareAll(client, design)
  for (let round = 0; round < 8; round += 1) await runAll(client)
  await fillDue(url, design, size, false)
  const plans = await explainAll(
    client,
    design,
    `planned on an empty${primed ? ', primed' : ''} table, then ${size} rows`,
    'auto',
  )
  await client.end()
  return plans
}

async function fillDue(url: string, design: Design, size: number, analyze: boolean): Promise<void> {
  const client = await connect(url, 'rota_plans')
  await client.query({ text: statementsOf(design, 'postgres')('fill'), values: [size, 1_700_000_000_000, 0, 'main'] })
  if (analyze) await client.query('vacuum analyze jobs')
  await client.end()
}

async function prepareAll(client: pg.Client, design: Design): Promise<void> {
  const sql = statementsOf(design, 'postgres')
  for (const way of settleWays) await client.query(`prepare settle_${way} as ${withoutComments(sql(`settle-${way}`))}`)
  await client.query(`prepare claim as ${withoutComments(sql('claim'))}`)
  await client.query(`prepare claim_tuple as ${withoutComments(sql('claim-tuple'))}`)
}

async function runAll(client: pg.Client): Promise<void> {
  const nothing = succeeded(makeJobs(500, 'main').map((job) => ({ ...job, runAt: 0, fence: 1 })))
  await client.query(execute('claim', claimValues()))
  await client.query(execute('claim_tuple', tupleValues()))
  for (const way of settleWays) await client.query(execute(`settle_${way}`, settleValues(way, 'w', nothing)))
}

/** Explains with ANALYZE inside transactions that are rolled back: 500 claimed, then 500 settled in every way. */
async function explainAll(client: pg.Client, design: Design, situation: string, mode: Plan['mode']): Promise<Plan[]> {
  const plans: Plan[] = []
  const explain = async (statement: string, values: unknown[]) => {
    await client.query('savepoint before')
    const { rows } = await client.query(`explain (analyze, format json) ${execute(statement, values)}`)
    await client.query('rollback to savepoint before')
    const [report] = JSON.parse(rows[0]['QUERY PLAN']) as [{ Plan: Node; 'Execution Time': number }]
    const scansAll = nodesOf(report.Plan).some(
      (node) => node['Node Type'].includes('Seq Scan') && node['Relation Name'] === 'jobs',
    )
    plans.push({ statement, situation, mode, milliseconds: report['Execution Time'], scansAll })
  }
  await client.query('begin')
  await explain('claim', claimValues())
  await explain('claim_tuple', tupleValues())
  const claimed = await storeOn(client, design, { unnamed: true }).claim('w', freshCursors('main', lanes), 500)
  const outcomes: Outcome[] = succeeded(claimed)
  for (const way of settleWays) await explain(`settle_${way}`, settleValues(way, 'w', outcomes))
  await client.query('rollback')
  return plans
}

function claimValues(): unknown[] {
  const cursors = freshCursors('main', lanes)
  return ['w', cursors.map((c) => c.lane), lanes, cursors.map(() => 0), cursors.map((c) => c.id), 500, null]
}

function tupleValues(): unknown[] {
  return ['w', 'main', -1, 0, freshCursors('main', [0])[0]?.id, 500, null]
}

function execute(statement: string, values: readonly unknown[]): string {
  const literals = values.map((value) => {
    if (value === null) return 'null'
    if (Array.isArray(value)) return pg.escapeLiteral(arrayText(value))
    return pg.escapeLiteral(String(value))
  })
  return `execute ${statement}(${literals.join(', ')})`
}

function arrayText(values: readonly unknown[]): string {
  return `{${values.map((value) => (value === null ? 'null' : JSON.stringify(String(value)))).join(',')}}`
}

/** PREPARE takes the rest of the text as the statement, so its trailing semicolon must go too. */
function withoutComments(text: string): string {
  return text.replace(/^--.*$/gm, '').replace(/;\s*$/, '')
}

function nodesOf(node: Node): Node[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)]
}
