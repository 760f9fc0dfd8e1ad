/** Shapes that several operations share. */
import { z } from 'zod'
import { priorities } from '../job/priority.ts'
import { allStates, finalStates } from '../job/states.ts'

/** An instant in an answer: ISO 8601 in UTC. */
export const instantOut = z
  .date()
  .transform((date) => date.toISOString())
  .pipe(z.iso.datetime())

/** An instant in a request. */
export const instantIn = z
  .string()
  .min(10)
  .max(64)
  .describe('An instant: ISO 8601 with a zone, such as 2027-01-31T09:00:00Z.')
  .meta({ examples: ['2027-01-31T09:00:00Z'] })

/** A duration in a request. */
export const durationIn = z
  .union([z.number().min(0), z.string().min(1).max(64)])
  .describe("A duration: milliseconds, or text such as '250ms', '10s', '5m', '2h', '7d'.")
  .meta({ examples: ['5m'] })

/** A text of people, on which no database chokes. */
export const plainText = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .refine((text) => !text.includes('\0'), 'A text has no NUL.')

export const uuid = z.uuid()
export const jobId = uuid.describe('Id of a job.')

/** As people type them: letters, digits and . _ : @ / - */
export const name = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[A-Za-z0-9@][A-Za-z0-9._:@/-]*$/)

export const priority = z.enum(priorities)
export const state = z.enum(allStates)
export const finalState = z.enum(finalStates)

export const cursor = z.string().min(1).max(200).describe('`next` of the page before.')
export const limit = (most: number, usual: number) =>
  z.coerce
    .number<number>()
    .int()
    .min(1)
    .max(most)
    .optional()
    .describe(`At most so many; ${usual} unless told otherwise.`)

export const filter = z
  .string()
  .max(2_000)
  .optional()
  .describe('Words such as `state:failed lane:mail since:1h metadata.team:billing error:"ECONN refused"`.')

/** Any JSON value. */
export const json = z.unknown()

export const metadataOut = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
export const metadataIn = z.record(z.string().max(200), z.union([z.string(), z.number(), z.boolean(), z.null()]))

export const reason = z.string().min(1).max(500)

export const storedError = z.object({
  name: z.string(),
  message: z.string(),
  code: z.string().optional(),
  stack: z.string().optional(),
})

/** What a change did. */
export const edited = <S extends string>(...statuses: readonly [S, ...S[]]) =>
  z.object({ id: z.string(), status: z.enum(statuses) })

export const jobParams = z.strictObject({ id: jobId })
export const nameParams = z.strictObject({ id: name })

/** `a` or `a,b`, where the first one is checked by the compiler. */
type Several<Text extends string> = Text | `${Text},${string}`

const listOf = <Item extends string>(item: z.ZodType<Item, Item>, longest: number, most: number) => {
  const text = z.string().min(1).max(longest)
  const list = text.transform((given) => given.split(',')).pipe(z.array(item as z.ZodType<Item, string>).max(most))
  return list as z.ZodType<Item[], unknown> as z.ZodType<Item[], Several<Item>>
}

/** One of a kind in a query, or several with commas between them: `?state=active,paused`. */
export const several = <Item extends string>(item: z.ZodType<Item, Item>) => listOf(item, 4_000, 2_000).optional()

/** Names in a query, with commas between them, which have to be there: `?ids=a,b`. */
export const names = (most: number) => listOf(name, most * 201, most)

/** A switch in a query: `?dryRun=true`. */
export const flag = z.stringbool({ truthy: ['true', '1'], falsy: ['false', '0'] }).optional()
