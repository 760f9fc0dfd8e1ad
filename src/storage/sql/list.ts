/**
 * A page of jobs, newest first, in bounded time whatever the tables hold.
 *
 * What has an index in the order of ids is walked by it: all jobs, those of a state, of a definition, of a flow, of a
 * schedule, with a label. What is asked for besides is filtered over a window of so many rows of that walk, from the newest down to its
 * *floor*. Of several walks the one with the lowest floor is taken: it gets farthest. A small window goes first and fills
 * most pages. Where the large one does not fill the page either, the page is short and the next one goes on at the floor.
 *
 * Floors only bound ids, so they may be looked for before. What lies above is read by one statement, which sees each job in
 * exactly one of its two places.
 */
import type { JobPage, JobRecord, ListQuery } from '../contract.ts'
import type { Query, SqlDatabase, SqlValue } from './database.ts'
import { type Range, rangeOf, within } from './list-range.ts'
import { type Source, sourcesOf, type Walk } from './list-walks.ts'
import { finishedColumns, liveColumns } from './look.ts'
import { jobRecord } from './records.ts'

/** Rows of a walk that are looked through for one page: first few, then many, and more where none of their JSON has to be read. */
const windows = [1_000, 19_000, 60_000] as const
const windowsOfJson = windows.slice(0, 2)

/** Rows above `countFrom`; they cost a look at their time. */
const mostSkipped = 80_000

/** Up to so many jobs that an index finds in no order are sorted for one page. */
const mostUnordered = 20_000

/** One walk for each source, and down to where they are looked through; null where to the end. */
interface Step {
  readonly walks: readonly (readonly [Source['table'], Walk])[]
  readonly floor: string | null
}

export async function list(db: SqlDatabase, query: ListQuery): Promise<JobPage> {
  const range = await rangeOf(db, query)
  const sources = sourcesOf(db, query, range)
  if (sources.length === 0) return { jobs: [], next: null }
  const jobs: JobRecord[] = []
  const readsJson = query.input.length > 0 || query.errors !== null
  let from = range
  for (const size of readsJson ? windowsOfJson : windows) {
    const wanted = query.limit - jobs.length
    const unordered = size !== windows[1] ? null : await readUnordered(db, sources, from, size, wanted)
    const step = unordered ?? (await chooseWalks(db, sources, from, size))
    jobs.push(...(unordered?.jobs ?? (await read(db, db.read, step.walks, above(from, step.floor), wanted))))
    if (jobs.length === query.limit) return { jobs, next: jobs.at(-1)?.id ?? null }
    if (step.floor === null) return { jobs, next: null }
    from = { ...from, before: step.floor, countFrom: lower(from.countFrom, step.floor) }
  }
  return { jobs, next: from.before }
}

const lower = (id: string | null, floor: string) => (id !== null && id < floor ? id : floor)

const above = (range: Range, floor: string | null): Range => (floor === null ? range : { ...range, floor })

/** Of each source the walk that gets farthest in so many rows. */
async function chooseWalks(db: SqlDatabase, sources: readonly Source[], range: Range, size: number): Promise<Step> {
  const values: SqlValue[] = []
  const bind = (value: SqlValue) => values.push(value)
  const ways = sources.map(({ table, walks }) => {
    const whole = walks.find((walk) => walk.whole)
    return { table, walks: whole ? [whole] : walks }
  })
  const edges: string[] = []
  ways.forEach(({ table, walks }, source) => {
    walks.forEach((walk, way) => {
      if (walk.whole) return
      const steps = walk.steps ?? { table: db.table(table), id: 'id', parts: walk.parts }
      const edge = (from: Range, rows: number) => {
        for (const part of steps.parts)
          edges.push(`select ${source} as source, ${way} as way, (select ${steps.id} from ${steps.table}
            where ${part(bind, from)} and ${within(from, steps.id)(bind)}
            order by ${steps.id} desc limit 1 offset ${rows - 1}) as floor`)
      }
      edge({ ...range, before: range.countFrom }, size)
      if (range.before !== range.countFrom) edge(range, mostSkipped)
    })
  })
  const rows = edges.length === 0 ? [] : await db.read(edges.join('\nunion all\n'), values)
  const chosen = ways.map(({ table, walks }, source) => {
    // The highest floor of its parts is the one of a walk; '' is below all.
    const floors = walks.map((_, way) =>
      rows.reduce((highest, row) => {
        const own = Number(row.source) === source && Number(row.way) === way ? String(row.floor ?? '') : ''
        return own > highest ? own : highest
      }, ''),
    )
    const lowest = floors.reduce((best, floor, way) => (floor < (floors[best] as string) ? way : best), 0)
    return { table, walk: walks[lowest] as Walk, floor: floors[lowest] as string }
  })
  const floor = chosen.map((one) => one.floor).reduce((a, b) => (a > b ? a : b), '')
  return { walks: chosen.map(({ table, walk }) => [table, walk] as const), floor: floor === '' ? null : floor }
}

/** By an index that gives no order, if it finds few enough; null where there is none or it finds many. */
async function readUnordered(
  db: SqlDatabase,
  sources: readonly Source[],
  range: Range,
  size: number,
  limit: number,
): Promise<(Step & { readonly jobs: readonly JobRecord[] }) | null> {
  const { labels } = db.find
  const own = sources.find(({ unordered }) => unordered !== null)
  if (labels.kind === 'table' || own === undefined) return null
  const walk = own.unordered as Walk
  const others = sources.filter((source) => source !== own)
  const step = await chooseWalks(db, others, range, size)
  return labels.force(async (query) => {
    const values: SqlValue[] = []
    const bind = (value: SqlValue) => values.push(value)
    const found = await query(
      `select count(*) as found from (select 1 from ${db.table(own.table)}
       where ${conditions(walk, range, bind).join(' and ')} limit ${mostUnordered + 1}) few`,
      values,
    )
    if (Number(found[0]?.found) > mostUnordered) return null
    const walks = [...step.walks, [own.table, walk] as const]
    return { walks, floor: step.floor, jobs: await read(db, query, walks, above(range, step.floor), limit) }
  })
}

function conditions(walk: Walk, range: Range, bind: (value: SqlValue) => number): string[] {
  const rest = walk.rest.map((condition) => condition(bind))
  return [`(${walk.parts.map((part) => part(bind, range)).join(' or ')})`, within(range, walk.id)(bind), ...rest]
}

/** Each part is limited before they are joined. */
async function read(
  db: SqlDatabase,
  query: Query,
  walks: Step['walks'],
  range: Range,
  limit: number,
): Promise<JobRecord[]> {
  const values: SqlValue[] = [limit]
  const bind = (value: SqlValue) => values.push(value)
  const parts = walks.flatMap(([table, walk], i) =>
    walk.parts.map((part, n) => {
      const where = conditions({ ...walk, parts: [part] }, range, bind).join(' and ')
      const columns = table === 'jobs' ? liveColumns : finishedColumns
      return `select * from (select ${columns} from ${db.table(table)} where ${where} order by id desc limit $1) p${i}_${n}`
    }),
  )
  const rows = await query(`${parts.join('\nunion all\n')}\norder by id desc limit $1`, values)
  return rows.map(jobRecord)
}
