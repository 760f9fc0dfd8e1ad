/** URLs with templates: what may be changed is behind the host, and the path keeps its form whatever comes in. */
import { RotaError, show } from '../../job/errors.ts'
import { refuse } from './fault.ts'
import { isAbsent, parseTemplate, type Room, renderText, type Scope, type Template } from './template.ts'

const longestUrl = 16_000
/** Scheme and host up to what ends them, so that no value can be part of them. */
const beginning = /^https?:\/\/[^/?#]+[/?]/i

/** @throws RotaError `option_invalid` */
export function checkUrl(text: string, field: string): string {
  const template = parseTemplate(text, field)
  const filled = fill(template, 'x')
  if (/[\s\\\x00-\x1f\x7f]/.test(filled))
    refuse(field, 'it has a space, a line break or a backslash. Write them as %20, or "/" for a backslash.')
  const [first] = template
  if (template.length > 1 || typeof first !== 'string')
    if (typeof first !== 'string' || !beginning.test(first))
      refuse(
        field,
        'templates may stand behind the host only, or the input could send the request anywhere. Write the host out, and a "/" behind it.',
      )
  const url = URL.parse(filled)
  if (url === null || !/^https?:$/.test(url.protocol) || !/^https?:\/\/[^/?]/i.test(filled))
    refuse(field, `${show(text)} is no address of http. Write it as https://api.example.com/hook.`)
  if (url.username !== '' || url.password !== '' || authorityOf(filled).includes('@'))
    refuse(
      field,
      "it has a user or a password in it, which would be shown. Use `secretHeaders: { authorization: 'Basic …' }`.",
    )
  if (/[{}]/.test(url.host)) refuse(field, 'its host has a brace in it. Write the host as it is.')
  if (filled.includes('#')) refuse(field, 'what stands behind "#" is never sent. Leave it out, or write %23.')
  if (hasDots(filled)) refuse(field, 'its path has a "." or ".." in it. Write the path without them.')
  return text
}

/**
 * Where a URL that was checked leads to, whatever the values are: its templates stand behind the host.
 *
 * @throws RotaError `option_invalid` where it was not checked
 */
export function originOf(url: string): string {
  const [first] = parseTemplate(url, 'url')
  const literal = typeof first === 'string' ? URL.parse(first) : null
  return literal === null ? refuse('url', `${show(url)} is no address of http.`) : literal.origin
}

/**
 * @returns the same origin as that of the template, whatever the values are
 * @throws RotaError `template_missing`, `template_invalid`
 */
export function renderUrl(
  text: string,
  query: Readonly<Record<string, string | number | boolean>>,
  scope: Scope,
  at: string,
): URL {
  const room: Room = { left: longestUrl }
  const own = renderText(parseTemplate(text, `${at}.url`), scope, `${at}.url`, room, encodeURIComponent)
  if (hasDots(own)) {
    const message = `${at}.url: a value makes a part of the path "." or "..", which would lead elsewhere. Check the input for it.`
    throw new RotaError('template_invalid', message, { field: `${at}.url` })
  }
  const more = Object.entries(query).flatMap(([name, value]) => {
    const one = renderQuery(value, scope, `${at}.query.${name}`, room)
    return one === null ? [] : [`${encodeURIComponent(name)}=${one}`]
  })
  const joint = own.includes('?') ? '&' : '?'
  return new URL(more.length === 0 ? own : own + joint + more.join('&'))
}

function renderQuery(value: string | number | boolean, scope: Scope, field: string, room: Room): string | null {
  if (typeof value !== 'string') return String(value)
  const template = parseTemplate(value, field)
  if (isAbsent(template, scope)) return null
  const encoded = template.map((part) => (typeof part === 'string' ? encodeURIComponent(part) : part))
  return renderText(encoded, scope, field, room, encodeURIComponent)
}

const fill = (template: Template, stand: string): string =>
  template.map((part) => (typeof part === 'string' ? part : stand)).join('')

const pathOf = (url: string): string => /^https?:\/\/[^/?#]*([^?#]*)/i.exec(url)?.[1] ?? ''

const authorityOf = (url: string): string => /^https?:\/\/([^/?#]*)/i.exec(url)?.[1] ?? ''

/**
 * A parser of URLs takes such parts away, with the part before them. `%2e` counts as a dot there, and servers that decode a path,
 * some of them twice, go by what they find.
 */
const hasDots = (url: string): boolean =>
  decoded(pathOf(url))
    .split(/[/\\]/)
    .some((part) => /^\.\.?$/.test(part))

const decoded = (path: string): string =>
  path.replace(/%(?:25)*(2e|2f|5c)/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
