/**
 * A worker in a process of its own: `node ledger-worker.ts <storage> <ledger> [lease]`. Each job appends its number to the
 * ledger, a file outside the database. Says `ready` when it works, stops at SIGTERM.
 */
import { appendFileSync } from 'node:fs'
import { createRota, defineJob, type } from '../../src/index.ts'

const [storage = '', ledger = '', lease = '30s'] = process.argv.slice(2)

export const note = defineJob({
  id: 'note',
  input: type<{ n: number }>(),
  run: ({ n }) => appendFileSync(ledger, `${n}\n`),
})

/** Ends its process, every time. */
export const killer = defineJob({ id: 'killer', run: () => process.exit(1) })

if (import.meta.main) {
  const rota = createRota({ storage, jobs: [note, killer], lanes: { default: 20 }, lease })
  rota.on('worker:trouble', ({ error, during }) => console.error(during, error))
  await rota.start()
  console.log('ready')
  process.once('SIGTERM', () => void rota.stop({ grace: '5s' }))
}
