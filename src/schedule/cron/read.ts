/** From the words of an expression to the values that each field means. */
import { type DayField, readDaysOfMonth, readDaysOfWeek } from './days.ts'
import {
  eachValue,
  type FieldRule,
  hour,
  minute,
  month,
  quartzWeekday,
  readRange,
  second,
  vixieWeekday,
  year,
} from './fields.ts'
import type { CronDialect, Words } from './split.ts'
import { cutAtCommas, type Word } from './word.ts'

/** A field, read. */
export interface Field {
  readonly text: string
  /** In order, each once. */
  readonly values: readonly number[]
  /** Means every value. */
  readonly all: boolean
}

export interface Fields {
  readonly second: Field
  readonly minute: Field
  readonly hour: Field
  readonly ofMonth: DayField
  readonly month: Field
  readonly ofWeek: DayField
  readonly year: Field
}

const everyYear: Field = {
  text: '*',
  values: Array.from({ length: year.size }, (_, i) => i + year.min),
  all: true,
}

export function readFields(words: Words, dialect: CronDialect): Fields {
  return {
    second: readField(words.second, second),
    minute: readField(words.minute, minute),
    hour: readField(words.hour, hour),
    ofMonth: readDaysOfMonth(words.ofMonth),
    month: readField(words.month, month),
    ofWeek: readDaysOfWeek(words.ofWeek, dialect === 'quartz' ? quartzWeekday : vixieWeekday),
    year: words.year.text === '*' ? everyYear : readField(words.year, year),
  }
}

function readField(word: Word, rule: FieldRule): Field {
  const ranges = new Map(
    cutAtCommas(word)
      .map((part) => readRange(part, rule))
      .map((range) => [range.text, range]),
  )
  // No Set: a list of years may name each of 8 030 fifty times.
  const has = new Uint8Array(rule.size)
  for (const range of ranges.values())
    eachValue(range, rule, (value) => {
      has[value - rule.min] = 1
    })
  const values: number[] = []
  for (let i = has.indexOf(1); i >= 0; i = has.indexOf(1, i + 1)) values.push(i + rule.min)
  return { text: [...ranges.keys()].join(','), values, all: values.length === rule.size }
}
