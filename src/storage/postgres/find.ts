/** How PostgreSQL finds what stands in the JSON of a job. */
import type { Condition, Finder, Query } from '../sql/database.ts'
import type { Database } from './session.ts'

/** A word is a text, and the number or boolean that is written like it: an object for each, as `@>` wants it. */
function patternsOf(key: string, word: string): string[] {
  const other = word === 'true' || word === 'false' || (String(Number(word)) === word && Number.isFinite(Number(word)))
  const name = JSON.stringify(key)
  return [`{${name}:${JSON.stringify(word)}}`, ...(other ? [`{${name}:${word}}`] : [])]
}

const patterns = (key: string, words: readonly string[]) => words.flatMap((word) => patternsOf(key, word))

export const finder = ({ transaction }: Database): Finder => ({
  // The collation of the database may know other letters, or none; this one knows A–Z.
  contains: (text, n) => `strpos(lower((${text}) collate "C"), $${n}) > 0`,

  /** `#>` takes a number for a position and for a key, but also -1 and 01 for positions, which `->` does not. */
  inputHas:
    (path, words): Condition =>
    (bind) => {
      const at = path.reduce(
        (above, key) =>
          /^(0|[1-9]\d{0,8})$/.test(key)
            ? `(${above} #> array[$${bind(key)}::text])`
            : `(${above} -> $${bind(key)}::text)`,
        'input',
      )
      const held = words.some((word) => /^[{[]/.test(word)) ? ` and json_typeof(${at}) not in ('object', 'array')` : '' // not their text
      return `(${at} #>> '{}') = any($${bind(words)}::text[])${held}`
    },

  // The operator might use the index, the function does not.
  metadataHas: (key, words) => (bind) =>
    `(metadata is not null and (${patterns(key, words)
      .map((pattern) => `jsonb_contains(metadata, $${bind(pattern)}::jsonb)`)
      .join(' or ')}))`,

  labels: {
    kind: 'index',
    id: 'cast(id as text) collate "C"',
    metadataHas: (key, words) => (bind) =>
      `(${patterns(key, words)
        .map((pattern) => `metadata @> $${bind(pattern)}::jsonb`)
        .join(' or ')})`,
    force: (work) =>
      transaction(async ({ run }) => {
        // Without statistics it would rather walk all of the history by id until it has found a page.
        await run(
          'set local enable_seqscan = off; set local enable_indexscan = off; set local enable_indexonlyscan = off',
        )
        return work(run as Query)
      }),
  },
})
