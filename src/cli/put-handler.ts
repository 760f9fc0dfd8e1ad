/** `rota handlers put`: stores a definition that makes a request, or changes the one of this id. */
import type { Command } from 'commander'
import type { HandlerOptions } from '../index.ts'
import type { HttpOptions } from '../kinds/http/spec.ts'
import type { Globals } from './config.ts'
import { readBody, readData } from './data.ts'
import { durationFlag, flagInvalid, gathered, listFlag, numberFlag } from './flags.ts'
import { addHttpFlags, type HttpFlags, refuseWithoutHttp, requestOf, secretsOf, withHttp } from './http-flags.ts'
import { addJobFlags, type JobFlags, jobOptions } from './job-flags.ts'
import { print, printJson, say } from './output.ts'
import { withOffice } from './with-office.ts'

interface RequestFlags extends HttpFlags {
  readonly body?: string
  readonly contentType?: string
  readonly secretHeader?: readonly string[]
  readonly status?: string
  readonly contains?: readonly string[]
  readonly lacks?: readonly string[]
  readonly equals?: readonly string[]
  readonly retry?: string
  readonly redirects?: string
  readonly async?: string
}

interface Flags extends Globals, JobFlags, RequestFlags {
  readonly data?: string
  readonly description?: string
  readonly owner?: string
  readonly inputSchema?: string
  readonly json?: boolean
}

const about = `
What is not said goes back to its default, but secret headers and keys, which stay. {{input.user.id}}, {{job.id}} and the like stand for
values of the job in the address (behind the host), the query, headers and the body. Without --body, POST, PUT and PATCH send the input.

Example:
  $ rota handlers put renew --http POST "https://api.example.com/renew/{{input.customer}}" --secret-header authorization=env:API_TOKEN --retries 5
  $ rota handlers put ping --http GET https://example.com/health --contains ok --timeout 10s
  $ rota handlers put render --data @render.json`

/** What has no meaning beside --data. */
const ofRequest: Readonly<Record<Exclude<keyof RequestFlags, 'http'>, string>> = {
  ...withHttp,
  body: '--body',
  contentType: '--content-type',
  secretHeader: '--secret-header',
  status: '--status',
  contains: '--contains',
  lacks: '--lacks',
  equals: '--equals',
  retry: '--retry',
  redirects: '--redirects',
  async: '--async',
}

export function addPutHandler(handlers: Command): void {
  const command = handlers
    .command('put')
    .description('store a definition that makes a request, or change the one of this id')
    .argument('<id>', 'what jobs and schedules refer to: letters, digits and . _ : @ / -')
    .option('--data <json>', 'all of it as JSON, as the API takes it; @file reads a file, - reads stdin')
  addHttpFlags(command)
  command
    .option(
      '--secret-header <name=place>',
      'a header whose value is kept encrypted and never shown: name=env:TOKEN, name=file:./token, name=- (stdin) or name=keep',
      gathered,
    )
    .option('--body <json or text>', 'with values such as {{input.name}}; @file reads a file, - reads stdin')
    .option('--content-type <type>', 'of the body (default: application/json, or text/plain)')
    .option('--status <list>', 'statuses that are a success: 200,204 or 2xx or 200-299 (default: 2xx)')
    .option('--contains <text>', 'what the answer must contain, as often as needed', gathered)
    .option('--lacks <text>', 'what the answer must not contain, as often as needed', gathered)
    .option('--equals <path=json>', 'what its JSON must have, such as status=\'"ok"\', as often as needed', gathered)
    .option('--retry <which>', 'failures to try again: transient, or all (default: transient)')
    .option('--redirects <n>', 'redirects to follow, up to 10 (default: 0)')
    .option('--async <deadline>', 'an answer 202 means that the target reports later, within this time, such as 1h')
    .option('--input-schema <json>', 'JSON Schema of the input; @file reads a file')
    .option('--description <text>', 'for lists, at most 500 characters')
    .option('--owner <text>', 'whom to ask about it, at most 200 characters')
  addJobFlags(command)
  command
    .option('--json', 'print JSON')
    .addHelpText('after', about)
    .action(async (id: string, _, self: Command) => {
      const flags = self.optsWithGlobals<Flags>()
      const options = await optionsOf(id, flags)
      await withOffice(flags, async ({ handlers: office }) => {
        const put = await office.put(options)
        await (flags.json ? printJson(put) : print(`${put.id} ${put.status}\n`))
        if (put.signingKey === null) return
        say('its requests are signed (Standard Webhooks). The key, shown this once:')
        say(`  ${put.signingKey}`)
      })
    })
}

async function optionsOf(id: string, flags: Flags): Promise<HandlerOptions> {
  const own = jobOptions(flags)
  const words = {
    ...(flags.description !== undefined && { description: flags.description }),
    ...(flags.owner !== undefined && { owner: flags.owner }),
  }
  const schema =
    flags.inputSchema === undefined ? {} : { input: (await readData(flags.inputSchema, '--input-schema')) as object }
  const request = requestOf(flags)
  if (flags.data === undefined && request === null) throw nothingSaid()
  if (flags.data === undefined)
    return { id, http: await httpOf(request as HttpOptions, flags), ...schema, ...words, ...own }
  if (request !== null) throw twice()
  refuseWithoutHttp(flags, ofRequest, 'Put it into the JSON of --data, or say all of the request with flags.')
  const said = (await readData(flags.data)) as Omit<HandlerOptions, 'id'>
  refuseTyped(flags.data, said)
  return { ...said, id, ...schema, ...words, ...own }
}

/** Arguments are seen by everybody on the machine, and stay in the history of the shell. */
function refuseTyped(data: string, { http }: Partial<HandlerOptions>): void {
  if (data === '-' || data.startsWith('@')) return
  const typed = Object.values(http?.secretHeaders ?? {}).some((value) => value !== true)
  if (typed || (http?.signingKeys?.length ?? 0) > 0)
    throw flagInvalid(
      '--data',
      'a secret is no argument, because others on this machine see those. Use @file, or - for stdin.',
    )
}

const nothingSaid = () =>
  flagInvalid(
    '--http',
    'say what is to be called, such as --http POST https://api.example.com/hook, or give all with --data.',
  )
const twice = () =>
  flagInvalid('--data', 'it has all of the definition, so --http does not go with it. Give one of them.')

async function httpOf(request: HttpOptions, flags: Flags): Promise<HttpOptions> {
  const { body, contentType, secretHeader, retry, redirects, async } = flags
  const success = successOf(flags)
  return {
    ...request,
    ...(body !== undefined && { body: await readBody(body, '--body') }),
    ...(contentType !== undefined && { contentType }),
    ...(secretHeader !== undefined && { secretHeaders: await secretsOf(secretHeader, '--secret-header') }),
    ...(Object.keys(success).length > 0 && { success }),
    ...(retry !== undefined && { retry: retry as NonNullable<HttpOptions['retry']> }),
    ...(redirects !== undefined && { redirects: numberFlag(redirects) }),
    ...(async !== undefined && { async: { deadline: durationFlag(async) } }),
  }
}

const successOf = ({ status, contains, lacks, equals }: Flags): NonNullable<HttpOptions['success']> => ({
  ...(status !== undefined && { status: listFlag(status, '--status', 'status').map(numberFlag) }),
  ...(contains !== undefined && { bodyContains: contains }),
  ...(lacks !== undefined && { bodyLacks: lacks }),
  ...(equals !== undefined && { json: equals.map(ruleOf) }),
})

function ruleOf(entry: string): { path: string; equals: unknown } {
  const at = entry.indexOf('=')
  if (at <= 0) throw flagInvalid('--equals', 'write path=value, such as status=\'"ok"\' or items[0].n=3.')
  const value = entry.slice(at + 1)
  try {
    return { path: entry.slice(0, at), equals: JSON.parse(value) }
  } catch {
    return { path: entry.slice(0, at), equals: value }
  }
}
