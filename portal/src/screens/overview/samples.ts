/** Code to begin with, for the server that gave out this page. */
import { home } from '../../data/client.ts'
import { quoted } from '../../lib/quoted.ts'

const server = home.href.replace(/\/$/, '')

const call = (method: string, path: string, body: object, needsKey: boolean): string =>
  [
    `curl -X ${method} ${server}/api/${path}`,
    ...(needsKey ? [`  -H "authorization: Bearer $ROTA_TOKEN"`] : []),
    `  -H 'content-type: application/json'`,
    `  -d ${quoted(JSON.stringify(body))}`,
  ].join(' \\\n')

export const configFile = `// rota.config.ts
import { defineConfig, defineJob, type } from 'rota'

const sendWelcome = defineJob({
  id: 'send-welcome',
  input: type<{ name: string }>(),
  async run(input) {
    return { greeted: input.name }
  },
})

export default defineConfig({ jobs: [sendWelcome] })`

export const workerCall = (needsKey: boolean): string =>
  `npm install rota\n${needsKey ? 'export ROTA_TOKEN=…\n' : ''}npx rota worker --url ${server}`

export const enqueueCall = (needsKey: boolean): string =>
  call('POST', 'jobs', { job: 'send-welcome', input: { name: 'Ada' } }, needsKey)

export const scheduleCall = (needsKey: boolean, timezone: string): string =>
  call(
    'PUT',
    'schedules/morning-welcome',
    { job: 'send-welcome', input: { name: 'Ada' }, when: 'every weekday at 9am', timezone },
    needsKey,
  )
