/** A job as a call that stores one like it: for a shell with curl, for the command line, and for code. */
import { cluster, home } from '../../data/client.ts'
import { quoted } from '../../lib/quoted.ts'
import type { Job } from '../jobs/job.ts'

/** What is asked for; times, keys and links to others are of the one job only. */
function callOf(job: Job) {
  return {
    job: job.job,
    ...(job.input !== undefined && { input: job.input }),
    lane: job.lane,
    priority: job.priority,
    ...(Object.keys(job.metadata).length > 0 && { metadata: job.metadata }),
  }
}

const server = (): string => home.href.replace(/\/$/, '')

/** @param local whether the server asks nobody of this machine to sign in */
export function curlOf(job: Job, local: boolean): string {
  const address = `${server()}/api/jobs${cluster === undefined ? '' : `?cluster=${encodeURIComponent(cluster)}`}`
  const lines = [
    `curl -X POST ${quoted(address)}`,
    `-H 'content-type: application/json'`,
    ...(local ? [] : [`-H "authorization: Bearer $ROTA_TOKEN"`]),
    `-d ${quoted(JSON.stringify(callOf(job)))}`,
  ]
  return lines.join(' \\\n  ')
}

export function commandOf(job: Job): string {
  const input = JSON.stringify(job.input)
  const lines = [
    `rota enqueue ${quoted(job.job)}`,
    ...(input === undefined ? [] : [`--data${input.startsWith('-') ? '=' : ' '}${quoted(input)}`]),
    `--lane ${quoted(job.lane)} --priority ${job.priority}`,
    ...Object.entries(job.metadata).map(([key, value]) => `--metadata ${quoted(`${key}=${asFlag(value)}`)}`),
    `--url ${quoted(server())}${cluster === undefined ? '' : ` --cluster ${quoted(cluster)}`}`,
  ]
  return lines.join(' \\\n  ')
}

/** A text that reads as a number or the like goes into quotes of its own. */
function asFlag(value: string | number | boolean): string {
  if (typeof value !== 'string') return String(value)
  try {
    JSON.parse(value)
    return JSON.stringify(value)
  } catch {
    return value
  }
}

export function codeOf(job: Job, local: boolean): string {
  const options = [
    `url: ${JSON.stringify(server())}`,
    ...(local ? [] : ['token: process.env.ROTA_TOKEN']),
    ...(cluster === undefined ? [] : [`cluster: ${JSON.stringify(cluster)}`]),
  ]
  return [
    `import { createClient } from 'rota/client'`,
    '',
    `const client = createClient({ ${options.join(', ')} })`,
    `const { id } = await client.jobs.create(${JSON.stringify(callOf(job), null, 2)})`,
  ].join('\n')
}
