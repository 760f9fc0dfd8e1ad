/** Pieces of an expression that know where they stand, so that every error can tell. */
import { RotaError, show } from '../../job/errors.ts'

export interface Source {
  readonly expression: string
  /** The option that it was given in. */
  readonly option: string
}

export interface Word {
  readonly source: Source
  /** The field of the expression: `day of month`. */
  readonly name: string
  readonly text: string
  /** Of its first character in the expression, which is 1. */
  readonly position: number
}

/** A part of a word, as `String.slice` would cut it. */
export function cut(word: Word, from: number, to = word.text.length): Word {
  return { ...word, text: word.text.slice(from, to), position: word.position + from }
}

/** The parts between the commas. */
export function cutAtCommas(word: Word): Word[] {
  let from = 0
  return word.text.split(',').map((text) => {
    const part = { ...word, text, position: word.position + from }
    from += text.length + 1
    return part
  })
}

/**
 * `cron: minute: 61 is too large at character 1 of "61 * * * *"; 0 to 59 are allowed`
 *
 * @param hint what would parse instead
 */
export function wrong(word: Word, problem: string, hint: string): RotaError {
  const { expression, option } = word.source
  const place = `at character ${word.position} of ${show(expression)}`
  return scheduleInvalid(option, `${word.name}: ${problem} ${place}; ${hint}`)
}

export function scheduleInvalid(option: string, message: string): RotaError {
  return new RotaError('schedule_invalid', `${option}: ${message}`, { field: option })
}
