/** What is wrong with what was entered, at the field that it is about. */
import { createContext, useContext } from 'react'
import { isRotaError } from 'rota/client'
import { useTexts } from '../../../lib/texts.ts'
import type { FieldProblems } from './put.ts'

/** Texts by fields, as the server names them: `http.headers.x-team`. */
export type Errors = Readonly<Record<string, string>>

export const ErrorsAt = createContext<Errors>({})

/** Fields that show the errors of what is below them. */
const places = [
  'id',
  'description',
  'owner',
  'enabled',
  'http.method',
  'http.url',
  'http.query',
  'http.headers',
  'http.secretHeaders',
  'http.body',
  'http.contentType',
  'http.success.status',
  'http.success.bodyContains',
  'http.success.bodyLacks',
  'http.success.json',
  'http.retry',
  'http.redirects',
  'http.async',
  'http.maxResponse',
  'http.keepResponse',
  'http.breaker.failures',
  'http.breaker.pause',
  'http.breaker',
  'input',
  'lane',
  'priority',
  'retries',
  'timeout',
  'backoff.jitter',
  'backoff.max',
  'backoff',
  'onTimeout',
  'onLapse',
  'expiresIn',
  'others',
] as const
export type Place = (typeof places)[number]

const isWithin = (field: string, place: string): boolean =>
  field === place || (field.startsWith(place) && '.['.includes(field[place.length] as string))

/** The field that shows an error; null for one that none shows. */
function placeOf(field: string): Place | null {
  const own = field.replace(/^(unique|metadata|retention)(?=$|[.[])/, 'others')
  return places.find((place) => isWithin(own, place)) ?? null
}

/** What of an error of the server belongs to fields. Whatever belongs to none stands at the top. */
export function errorsOf(error: unknown): Errors {
  if (!isRotaError(error) || error.code === 'changed_meanwhile') return {}
  const { issues } = (error.cause ?? {}) as {
    readonly issues?: readonly { readonly field: string; readonly message: string }[]
  }
  const all: [field: string, message: string][] = (issues ?? []).map((one) => [
    one.field,
    `${one.field}: ${one.message}`,
  ])
  if (all.length === 0 && error.field !== undefined) all.push([error.field, error.message])
  const placed = all.map(([field, message]) => [placeOf(field), message] as const)
  return Object.fromEntries(placed.filter(([place]) => place !== null))
}

export function problemErrors(problems: FieldProblems, t: (key: string) => string): Errors {
  return Object.fromEntries(Object.entries(problems).map(([field, key]) => [placeOf(field) ?? field, t(key)]))
}

/** The error that a field has to show, its help otherwise. */
export function useField(
  place: Place,
  name: string,
): { readonly label: string; readonly help: string; readonly error: string | undefined } {
  const t = useTexts('handler')
  return {
    label: t(`field.${name}.label`),
    help: t(`field.${name}.help`, { example: '{{input.customer}}' }),
    error: useContext(ErrorsAt)[place],
  }
}
