/** Fields of an expression as text, and what can be seen in them. */

/** Second, minute, hour, day of month, month, day of week, year; as if all had been written. */
export type FieldTexts = [string, string, string, string, string, string, string]

export function fieldsOf(expression: string): FieldTexts {
  const fields = expression.trim().split(/\s+/)
  if (fields.length === 5) fields.unshift('0')
  if (fields.length === 6) fields.push('*')
  return fields as FieldTexts
}

/** Some element of a list in some of the fields. */
export const someRange = (expression: string, test: (range: string) => boolean): boolean =>
  fieldsOf(expression).some((field) => field.split(',').some(test))

/** The expression with all fields and one of them changed. */
export function withField(expression: string, index: number, change: (field: string) => string): string {
  return fieldsOf(expression)
    .map((field, i) => (i === index ? change(field) : field))
    .join(' ')
}

const names = 'SUN MON TUE WED THU FRI SAT JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ')

/** Of a day of the week or a month, or of a number. */
export function numberOf(text: string): number {
  const index = names.indexOf(text.toUpperCase())
  return index < 0 ? Number(text) : index < 7 ? index : index - 6
}

/** `22-2`, `FRI-MON` */
export function goesOverTheEnd(range: string): boolean {
  const [from, to] = (range.split('/')[0] as string).split('-').map(numberOf) as [number, number?]
  return to !== undefined && from > to
}

/** A day field that begins with `*` and goes on. */
export const hasLongStar = (expression: string): boolean =>
  /^\*./.test(fieldsOf(expression)[3]) || /^\*./.test(fieldsOf(expression)[5])

/** What most libraries look at where crontab looks at the first character. */
export const isWholeStar = (field: string): boolean => field === '*' || field === '?'
