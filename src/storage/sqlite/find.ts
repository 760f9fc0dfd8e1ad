/** How SQLite finds what stands in the JSON of a job. */
import type { Bind, Finder } from '../sql/database.ts'

/** A word is a text, and the number that is written like it. */
const valuesOf = (word: string): readonly (string | number)[] =>
  String(Number(word)) === word && Number.isFinite(Number(word)) ? [word, Number(word)] : [word]

const isOneOf = (value: string, words: readonly string[], bind: Bind): string =>
  `${value} in (${words.flatMap(valuesOf).map((one) => `$${bind(one)}`)})`

/** The value at a step through JSON, as `labels` has it; null where there is none or it holds others. */
const atomOf = (step: string): string =>
  `case ${step}.type when 'true' then 'true' when 'false' then 'false' else ${step}.atom end`

/** Columns of `labels` for the metadata of a row. */
export const labelsOf = (row: string): string =>
  `select label.key, ${atomOf('label')}, ${row}.id from json_each(${row}.metadata) label`

const labelsOfLive = `${labelsOf('jobs').replace('from ', 'from jobs, ')} where jobs.id in (select value from json_each($1))`

export const find: Finder = {
  contains: (text, n) => `instr(lower(${text}), $${n}) > 0`,

  /** A step for each key. Paths of SQLite's own would take a quote or a `$` in a key for their syntax. */
  inputHas: (path, words) => (bind) => {
    const steps = path.map((key, i) => {
      const above = i === 0 ? 'input' : `case when s${i - 1}.type in ('object', 'array') then s${i - 1}.value end`
      // The key of an object is a text, the position in an array a number.
      const position = /^(0|[1-9]\d{0,8})$/.test(key) ? `, ${key}` : ''
      return `json_each(${above}) s${i} on s${i}.key in ($${bind(key)}${position})`
    })
    const found = isOneOf(`(${atomOf(`s${path.length - 1}`)})`, words, bind)
    return `exists (select 1 from (select 1) one join ${steps.join(' join ')} where ${found})`
  },

  metadataHas: (key, words) => (bind) =>
    `(metadata is not null and exists (select 1 from labels where name = $${bind(key)} and ${isOneOf('value', words, bind)} and job_id = id))`,

  labels: {
    kind: 'table',
    of: (key, words) =>
      words.flatMap(valuesOf).map((value) => (bind) => `name = $${bind(key)} and value = $${bind(value)}`),
    remove: `delete from labels where (name, value, job_id) in (${labelsOfLive})`,
    write: `insert into labels (name, value, job_id) ${labelsOfLive} on conflict do nothing`,
  },
}
