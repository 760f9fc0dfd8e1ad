/** What keeps stored definitions, their secrets and late reports right, broken in one place each. The request itself: `test/kinds`. */
import type { Mutant } from './mutant-list.ts'

const jobs = ['test/engine/http-jobs.test.ts']
const conformance = ['test/conformance/storages.test.ts']

export const httpMutants: readonly Mutant[] = [
  {
    name: 'http-definition-version',
    file: 'src/storage/sql/definitions.ts',
    from: 'where id = $2 and version = $3 and removed = 0 returning version',
    to: 'where id = $2 and $3 = $3 and removed = 0 returning version',
    tests: conformance,
  },
  {
    name: 'http-report-first',
    file: 'src/storage/sql/reports.ts',
    from: 'const until = repeated ? known.until : await keep(',
    to: 'const until = await keep(',
    tests: conformance,
  },
  {
    name: 'http-report-fence',
    file: 'src/storage/sql/reports.ts',
    from: 'Number(live.fence) !== fence || ',
    to: '',
    tests: conformance,
  },
  {
    name: 'http-report-forgotten',
    file: 'src/storage/sql/edit.ts',
    from: "    case 'reschedule':\n      await forgetReports(db, query, ids)\n",
    to: "    case 'reschedule':\n",
    tests: conformance,
  },
  {
    name: 'http-report-attempt',
    file: 'src/engine/reports.ts',
    from: 'known.attempt === context.attempt',
    to: 'true',
    tests: jobs,
  },
  {
    name: 'http-report-signature',
    file: 'src/engine/reports.ts',
    from: 'given.length === expected.length && timingSafeEqual(given, expected)',
    to: 'true',
    tests: jobs,
  },
  {
    name: 'http-disabled-stored',
    file: 'src/engine/enqueue.ts',
    from: 'if (job.disabled === true)',
    to: 'if (false)',
    tests: jobs,
  },
  {
    name: 'http-disabled-started',
    file: 'src/engine/stored-definitions.ts',
    from: 'record.enabled ? [[id, job] as const] : []',
    to: 'record.enabled || true ? [[id, job] as const] : []',
    tests: jobs,
  },
  {
    name: 'http-read-anew',
    file: 'src/engine/stored-definitions.ts',
    from: 'const current = await this.current(id)',
    to: 'const current = this.#all.get(id) ?? null',
    tests: jobs,
  },
  {
    name: 'http-origin',
    file: 'src/kinds/http/kind.ts',
    from: 'originOf(spec.url) !== originOf(earlier.spec.url)',
    to: 'false',
    tests: jobs,
  },
  {
    name: 'http-sealed-place',
    file: 'src/engine/seal.ts',
    from: '.setAAD(Buffer.from(place))\n      .setAuthTag',
    to: '.setAuthTag',
    tests: jobs,
  },
  {
    name: 'http-retry-after',
    file: 'src/job/states.ts',
    from: 'later(Math.max(delay(), outcome.delay ?? 0))',
    to: 'later(delay())',
    tests: jobs,
  },
]
