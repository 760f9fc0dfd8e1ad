/** Writes the pages of `docs/` that are made from the source. With `--check` it only tells whether they are up to date. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import { operations } from '../src/api/index.ts'
import { exitCodes } from '../src/cli/exit-codes.ts'
import { createProgram } from '../src/cli/program.ts'
import { defaultRows } from '../src/job/default-table.ts'
import { errorCodes } from '../src/job/errors.ts'
import { explainCodes } from '../src/job/explain-facts.ts'
import { allStates, states } from '../src/job/states.ts'
import { readReference, referencePages } from './reference.ts'

const pages: Record<string, string> = {
  'docs/api.md': apiPage(),
  'docs/cli.md': commandLinePage(),
  'docs/defaults.md': defaultsPage(),
  'docs/errors.md': errorsPage(),
  'docs/explain.md': explainPage(),
  'docs/states.md': statesPage(),
  ...referencePages(readReference()),
}

let stale = 0
for (const [path, text] of Object.entries(pages)) {
  const file = new URL(`../${path}`, import.meta.url)
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue
  if (process.argv.includes('--check')) {
    console.error(`${path} is out of date: run \`npm run docs\`.`)
    stale++
  } else {
    mkdirSync(new URL('.', file), { recursive: true })
    writeFileSync(file, text)
    console.log(`wrote ${path}`)
  }
}
process.exitCode = stale > 0 ? 1 : 0

function apiPage(): string {
  const rows = operations().map(({ method, path, meta, summary }) => {
    const who = {
      public: 'anybody',
      'signed-in': 'whoever is signed in',
      view: 'viewer',
      operate: 'operator',
      work: 'worker',
      administer: 'admin',
    }
    return `| \`${method} /api${path}\` | ${summary} | ${who[meta.permission ?? 'administer']} |`
  })
  return `# REST API

Every call of the [server](guides/server.md), from the table of operations in \`src/api/\`; \`/openapi.json\` of a server has the shapes, \`/docs\` lets you try them.
Errors are \`application/problem+json\` with a \`code\` of [this list](errors.md). This page is made by \`npm run docs\`.

| call | what it does | least role |
| --- | --- | --- |
${rows.join('\n')}

Beside them: \`GET /healthz\`, \`GET /readyz\`, \`GET /openapi.json\`, \`GET /docs\`.
`
}

function errorsPage(): string {
  const rows = Object.entries(errorCodes).map(([code, means]) => `| \`${code}\` | ${means} |`)
  return `# Errors

Every error of Rota is a \`RotaError\` with one of these codes in \`code\`, and the option or path at fault in \`field\`.
This page is made from \`src/job/errors.ts\` by \`npm run docs\`.

| code | what it means |
| --- | --- |
${rows.join('\n')}
`
}

function defaultsPage(): string {
  const rows = defaultRows().map(([option, ...rest]) => `| \`${option}\` | ${rest.join(' | ')} |`)
  return `# Defaults

Every default of Rota. Where an option stands in several places, the one nearest to the job counts: the call, then the
definition, then \`defaults\` of the cluster, then \`defaults\` of createRota. Metadata merges key by key through all of
them, and \`null\` removes a key. A bare number is read in the unit; durations may also be written as \`'5m'\`.
This page is made from \`src/job/default-table.ts\` by \`npm run docs\`.

| option | default | unit | minimum | can be given in |
| --- | --- | --- | --- | --- |
${rows.join('\n')}
`
}

function explainPage(): string {
  const rows = Object.entries(explainCodes).map(([code, means]) => `| \`${code}\` | ${means} |`)
  return `# Why a job waits

\`rota jobs explain <id>\`, and \`rota.jobs.explain(id)\`, tell what holds a job, first what comes first: a code, what it means
for this job with names and times, what helps, and the command that does it where one does. They tell of running jobs and
of those that are over, too.

\`\`\`
$ rota jobs explain 01890a5d-ac96-774b-bcce-b302099a8057
send-welcome 01890a5d-ac96-774b-bcce-b302099a8057 in lane mail is ready since 2027-01-31 09:00:00Z

lane_paused: Lane "mail" is paused since 2027-01-31T08:55:00Z: the provider is down.
  Let the lane go on.
  $ rota lanes resume mail
\`\`\`

This page is made from \`src/job/explain-facts.ts\` by \`npm run docs\`.

| code | what it means |
| --- | --- |
${rows.join('\n')}
`
}

function commandLinePage(): string {
  const codes = Object.entries(exitCodes).map(([name, code]) => `| ${code} | ${name} |`)
  const sections = commandsOf(createProgram()).map(({ path, help }) => `## \`${path}\`\n\n\`\`\`\n${help}\n\`\`\`\n`)
  return `# Command line

\`npx rota …\`. stdout is data, stderr is messages; \`--json\` prints one JSON value; \`NO_COLOR\` is respected.
Settings come from flags, then the environment (\`ROTA_STORAGE\`, then \`DATABASE_URL\`), then \`rota.config.ts\`, then the defaults.
This page is made from the commands themselves by \`npm run docs\`.

<!-- snippet: hidden jobs.ts
import { defineJob } from 'rota'
export const sendWelcome = defineJob({ id: 'send-welcome', run: () => {} })
-->
\`\`\`ts
// rota.config.ts
import { defineConfig } from 'rota'
import { sendWelcome } from './jobs.ts'

export default defineConfig({ storage: 'postgres://app@db/app', jobs: [sendWelcome], lanes: { default: 20, mail: 5 } })
\`\`\`

| exit code | means |
| ---: | --- |
${codes.join('\n')}

${sections.join('\n')}`
}

/** Every command that does something, with its help as a terminal of 110 columns shows it. */
function commandsOf(command: Command, above = ''): { path: string; help: string }[] {
  const path = `${above} ${command.name()}`.trim()
  if (command.commands.length > 0) return command.commands.flatMap((below) => commandsOf(below, path))
  let help = ''
  command.configureOutput({ writeOut: (text) => (help += text), getOutHelpWidth: () => 110 }).outputHelp()
  return [{ path, help: help.trim() }]
}

function statesPage(): string {
  const rows = allStates.map((state) => {
    const { final, next, means } = states[state]
    return `| \`${state}\` | ${means} | ${final ? 'yes' : 'no'} | ${next.map((to) => `\`${to}\``).join(', ')} |`
  })
  const arrows = allStates.flatMap((state) => states[state].next.map((to) => `  ${state} --> ${to}`))
  return `# States of a job

This page is made from \`src/job/states.ts\` by \`npm run docs\`.

| state | the job | over | may go to |
| --- | --- | --- | --- |
${rows.join('\n')}

\`\`\`mermaid
stateDiagram-v2
${arrows.join('\n')}
\`\`\`
`
}
