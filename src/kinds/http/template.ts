/**
 * `{{input.user.id}}` in texts: parsed once, then filled in from the input and the job. Nothing is evaluated: a template is a path,
 * and `?` behind it says that there may be nothing. `{{{{` stands for `{{` itself.
 */
import { RotaError, show } from '../../job/errors.ts'
import { suggest } from '../../job/suggest.ts'
import { parsePath, readPath, type Step } from './path.ts'

/** What templates may read. */
export interface Scope {
  readonly input: unknown
  readonly job: Readonly<Record<(typeof jobFields)[number], unknown>>
}

const jobFields = ['id', 'name', 'attempt', 'scheduledFor', 'metadata'] as const

/** What stands between braces. */
export interface Hole {
  readonly source: string
  readonly steps: readonly Step[]
  readonly optional: boolean
}

/** A text with its templates, in order. */
export type Template = readonly (string | Hole)[]

/** How many characters may still be made of templates: they multiply, so each one is counted before it is put in. */
export interface Room {
  left: number
}

/** @throws RotaError `option_invalid` with the place: braces that do not close, or something else than a path between them */
export function parseTemplate(text: string, field: string): Template {
  const parts: (string | Hole)[] = []
  let literal = ''
  for (let at = 0; at < text.length; ) {
    const open = text.indexOf('{{', at)
    if (open < 0) {
      literal += text.slice(at)
      break
    }
    literal += text.slice(at, open)
    if (text.startsWith('{{{{', open)) {
      literal += '{{'
      at = open + 4
      continue
    }
    const close = text.indexOf('}}', open)
    if (close < 0)
      refuse(field, open, `"{{" is never closed. Close it with "}}", or write "{{{{" for the braces themselves.`)
    if (literal !== '') parts.push(literal)
    literal = ''
    parts.push(parseHole(text.slice(open + 2, close), field, open))
    at = close + 2
  }
  if (literal !== '' || parts.length === 0) parts.push(literal)
  return parts
}

function parseHole(inner: string, field: string, at: number): Hole {
  const source = inner.trim()
  const optional = source.endsWith('?')
  const steps = source.startsWith('$') ? null : parsePath(optional ? source.slice(0, -1).trimEnd() : source)
  if (steps === null || steps.length === 0) {
    const forms = '{{input.user.id}}, {{input.items[0].name}} or {{job.id}}'
    refuse(field, at, `${show(source)} is no path. Write ${forms}; "{{{{" stands for the braces themselves.`)
  }
  const [root, name] = steps
  if (root !== 'input' && root !== 'job')
    refuse(
      field,
      at,
      `there is no ${show(root)}${suggest(String(root), ['input', 'job'])}. Templates read "input" and "job".`,
    )
  if (root === 'job' && !jobFields.includes(name as (typeof jobFields)[number])) {
    const hint = suggest(String(name ?? ''), jobFields)
    refuse(field, at, `there is no ${show(source)}${hint}. Known: ${jobFields.map((one) => `job.${one}`).join(', ')}.`)
  }
  return { source, steps, optional }
}

function refuse(field: string, at: number, why: string): never {
  throw new RotaError('option_invalid', `${field}: at character ${at + 1}, ${why}`, { field })
}

/** The one template that the text is, with nothing around it. */
const aloneIn = (template: Template): Hole | null => {
  const [only] = template
  return template.length === 1 && typeof only === 'object' ? only : null
}

/** It is one optional template and there is nothing for it, so that an entry of its own is left out. */
export function isAbsent(template: Template, scope: Scope): boolean {
  const alone = aloneIn(template)
  return alone?.optional === true && (readPath(scope, alone.steps) ?? null) === null
}

/**
 * The text with its values; objects as JSON. `null` has no form in a text, so it counts as missing.
 *
 * @param encode what is done to each value, not to what stands around them
 * @throws RotaError `template_missing`, `template_invalid`
 */
export function renderText(
  template: Template,
  scope: Scope,
  field: string,
  room: Room,
  encode: (text: string) => string = (text) => text,
): string {
  let rendered = ''
  for (const part of template) {
    const text = typeof part === 'string' ? part : encode(textOf(part, scope, field))
    spend(room, text.length, field)
    rendered += text
  }
  return rendered
}

function textOf(hole: Hole, scope: Scope, field: string): string {
  const value = readPath(scope, hole.steps) ?? null
  if (value === null && !hole.optional) missing(hole, field)
  if (typeof value === 'object') return value === null ? '' : JSON.stringify(value)
  return String(value).toWellFormed()
}

/**
 * A JSON value with the templates in its strings filled in. A string that is one template becomes the value itself. Names of
 * objects are no templates.
 *
 * @throws RotaError `template_missing`, `template_invalid`
 */
export function renderJson(value: unknown, scope: Scope, field: string, room: Room): unknown {
  if (typeof value === 'string') {
    const template = parseTemplate(value, field)
    const alone = aloneIn(template)
    return alone === null ? renderText(template, scope, field, room) : valueIn(alone, scope, field, room)
  }
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((one, i) => renderJson(one, scope, `${field}[${i}]`, room))
  const entries = Object.entries(value).map(([name, one]) => [name, renderJson(one, scope, `${field}.${name}`, room)])
  return Object.fromEntries(entries)
}

function valueIn(hole: Hole, scope: Scope, field: string, room: Room): unknown {
  const value = readPath(scope, hole.steps)
  if (value === undefined && !hole.optional) missing(hole, field)
  spend(room, typeof value === 'object' ? JSON.stringify(value).length : String(value).length, field)
  return value ?? null
}

function spend(room: Room, characters: number, field: string): void {
  room.left -= characters
  if (room.left >= 0) return
  const message = `${field}: with the values of the templates it becomes too large. Send an id or a URL instead of the data.`
  throw new RotaError('template_invalid', message, { field })
}

function missing({ source }: Hole, field: string): never {
  const message = `${field}: there is no value for {{${source}}}. Give it one in the input, or write {{${source}?}} where it may be absent.`
  throw new RotaError('template_missing', message, { field })
}
