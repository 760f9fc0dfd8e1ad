/** What a worker of this process can run at this moment. */
import type { Job } from '../job/define.ts'
import type { StoredDefinitions } from './stored-definitions.ts'
import type { KnownJobs } from './worker-options.ts'

/**
 * Those of the code, and, where this process runs requests, those that people have stored.
 *
 * @param stored null where it runs none
 */
export function knownJobs(
  code: ReadonlyMap<string, Job>,
  stored: StoredDefinitions | null,
  builtIn: readonly Job[],
): KnownJobs {
  let seen: { readonly size: number; readonly of: unknown; readonly ids: readonly string[] } | null = null
  return {
    get: (id) => code.get(id) ?? builtIn.find((job) => job.id === id) ?? (stored?.jobFor(id) as Job),
    get ids() {
      const others = stored?.enabled ?? null
      if (seen === null || seen.size !== code.size || seen.of !== others) {
        const more = others === null ? [] : [...builtIn.map(({ id }) => id), ...others.keys()]
        seen = { size: code.size, of: others, ids: [...new Set([...code.keys(), ...more])] }
      }
      return seen.ids
    },
  }
}
