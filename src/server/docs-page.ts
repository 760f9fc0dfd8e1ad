/**
 * `/docs`: the operations of `/openapi.json`, to read and to try. A page of our own: those that there are bring megabytes, inline styles that our
 * content security policy refuses, or an install script that reports home.
 */

export const docsHtml = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Rota API</title>
<link rel="stylesheet" href="docs/docs.css">
<script src="docs/docs.js" type="module"></script>
</head>
<body>
<header><h1>Rota API</h1><p id="about"></p>
<label>Token or API key <input id="token" type="password" autocomplete="off" placeholder="empty: the session of this browser"></label>
<label>Find <input id="find" type="search" placeholder="jobs, retry, …"></label></header>
<main id="operations" aria-busy="true"></main>
</body>
</html>
`

export const docsCss = `:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif }
body { margin: 0 auto; max-width: 60rem; padding: 1rem }
label { display: inline-block; margin: .3rem 1rem .3rem 0 }
input, textarea, button { font: inherit; padding: .3rem .5rem; border: 1px solid #8888; border-radius: .3rem; background: Canvas; color: CanvasText }
textarea { width: 100%; box-sizing: border-box; min-height: 6rem; font-family: ui-monospace, monospace }
button { cursor: pointer }
details { border: 1px solid #8885; border-radius: .4rem; margin: .4rem 0; padding: .3rem .7rem }
summary { cursor: pointer }
code, pre { font-family: ui-monospace, monospace; font-size: .92em }
pre { overflow: auto; max-height: 30rem; background: #8881; padding: .6rem; border-radius: .3rem; white-space: pre-wrap; overflow-wrap: anywhere }
.method { display: inline-block; width: 4.8rem; font-weight: 700 }
.who { float: right; opacity: .7 }
h2 { margin: 1.4rem 0 .3rem }
`

/** Everything is set as text, never as markup. */
export const docsJs = `const get = (id) => document.getElementById(id)
const make = (tag, own = {}, ...inner) => { const node = Object.assign(document.createElement(tag), own); node.append(...inner); return node }
const api = await (await fetch('openapi.json')).json()
get('about').textContent = api.info.description
const resolve = (schema) => schema && schema.$ref ? schema.$ref.slice(2).split('/').reduce((at, key) => at[key], api) : schema
const sample = (schema, depth = 0) => {
  const of = resolve(schema) || {}
  if (of.examples) return of.examples[0]
  if (of.default !== undefined) return of.default
  if (of.enum) return of.enum[0]
  if (of.const !== undefined) return of.const
  const any = of.anyOf || of.oneOf
  if (any) return sample(any[0], depth)
  if (of.type === 'object' && depth < 4) {
    const required = of.required || []
    return Object.fromEntries(Object.entries(of.properties || {}).filter(([name]) => required.includes(name)).map(([name, inner]) => [name, sample(inner, depth + 1)]))
  }
  return { string: 'text', integer: 1, number: 1, boolean: true, array: [] }[of.type] ?? null
}
const groups = new Map()
for (const [path, methods] of Object.entries(api.paths))
  for (const [method, one] of Object.entries(methods)) {
    const tag = (one.tags || ['other'])[0]
    groups.set(tag, [...(groups.get(tag) || []), { path, method, one }])
  }
const main = get('operations')
for (const [tag, list] of groups) {
  const section = make('section', {}, make('h2', { textContent: tag }))
  for (const { path, method, one } of list) section.append(card(path, method, one))
  main.append(section)
}
main.setAttribute('aria-busy', 'false')
get('find').addEventListener('input', ({ target }) => {
  for (const node of document.querySelectorAll('details')) node.hidden = !node.dataset.text.includes(target.value.toLowerCase())
})
function card(path, method, one) {
  const summary = make('summary', {}, make('span', { className: 'method', textContent: method.toUpperCase() }), make('code', { textContent: path }), ' ' + (one.summary || ''), make('span', { className: 'who', textContent: one['x-permission'] || '' }))
  const node = make('details', {}, summary)
  node.dataset.text = (method + ' ' + path + ' ' + (one.summary || '')).toLowerCase()
  node.addEventListener('toggle', () => { if (node.open && node.childElementCount === 1) fill(node, path, method, one) })
  return node
}
function fill(node, path, method, one) {
  const fields = (one.parameters || []).map((parameter) => {
    const input = make('input', { name: parameter.name, placeholder: (parameter.schema || {}).type || '', title: parameter.description || '' })
    node.append(make('label', {}, parameter.name + (parameter.required ? ' * ' : ' '), input))
    return { parameter, input }
  })
  const schema = one.requestBody && one.requestBody.content['application/json'] && one.requestBody.content['application/json'].schema
  const body = schema ? make('textarea', { value: JSON.stringify(sample(schema), null, 2), spellcheck: false }) : null
  if (body) node.append(make('p', { textContent: 'Body' }), body)
  const answer = make('pre', { hidden: true })
  const send = make('button', { textContent: 'Send' })
  send.addEventListener('click', async () => {
    let target = path
    const query = new URLSearchParams()
    const headers = {}
    for (const { parameter, input } of fields) {
      if (parameter.in === 'path') target = target.replace('{' + parameter.name + '}', encodeURIComponent(input.value))
      else if (input.value !== '' && parameter.in === 'query') query.set(parameter.name, input.value)
      else if (input.value !== '' && parameter.in === 'header') headers[parameter.name] = input.value
    }
    if (body) headers['content-type'] = 'application/json'
    if (get('token').value) headers.authorization = 'Bearer ' + get('token').value
    answer.hidden = false
    answer.textContent = '…'
    try {
      const response = await fetch('api' + target + (query.size ? '?' + query : ''), { method: method.toUpperCase(), headers, ...(body && { body: body.value }) })
      if ((response.headers.get('content-type') || '').startsWith('text/event-stream')) { answer.textContent = response.status + ' (a stream; read it with curl)'; await response.body.cancel(); return }
      const text = await response.text()
      let shown = text
      try { shown = JSON.stringify(JSON.parse(text), null, 2) } catch {}
      answer.textContent = response.status + ' ' + response.statusText + '\\n' + shown
    } catch (error) { answer.textContent = String(error) }
  })
  node.append(make('p', {}, send), answer)
  const shape = make('pre', { textContent: JSON.stringify((one.responses && one.responses['200'] || one.responses && one.responses['201'] || {}).content || {}, null, 1) })
  node.append(make('details', {}, make('summary', { textContent: 'Answer' }), shape))
}
`
