/** Enqueues one job after the other and writes `marker n` when it was acknowledged: `node sync-enqueuer.ts <storage> <jobs>`. */
import { writeSync } from 'node:fs'
import { createRota, defineJob, type } from '../../src/index.ts'

const [storage = '', jobs = ''] = process.argv.slice(2)
const note = defineJob({ id: 'note', input: type<number>(), run: () => 1 })
const rota = createRota({ storage })
await rota.migrations.up()
writeSync(1, 'marker begin\n')
for (let n = 0; n < Number(jobs); n++) {
  await rota.enqueue(note, n)
  writeSync(1, `marker ${n}\n`)
}
await rota.stop()
