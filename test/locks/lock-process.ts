/**
 * A process that wants locks: `node lock-process.ts contend|hold <storage> <url of Redis or -> <folder> [contenders] [rounds]`.
 *
 * `contend`: each holder makes a file that must not be there and writes its token into the ledger. `hold`: holds a lock of one
 * second until it is lost, and says so.
 */
import { appendFileSync, closeSync, openSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createRota, type Lock, RotaError } from '../../src/index.ts'
import { redisLocks } from '../../src/redis/index.ts'

const [mode, storage = '', redis = '-', folder = '', contenders = '1', rounds = '1'] = process.argv.slice(2)
const rota = createRota({ storage, ...(redis !== '-' && { locks: redisLocks({ url: redis }) }) })
const inside = join(folder, 'inside')

async function pass({ token, signal }: Lock): Promise<void> {
  closeSync(openSync(inside, 'wx')) // throws when another is inside
  appendFileSync(join(folder, 'ledger'), `${token}\n`)
  await new Promise((resolve) => setImmediate(resolve))
  rmSync(inside)
  signal.throwIfAborted()
}

async function contend(): Promise<void> {
  for (let round = 0; round < Number(rounds); round++) await rota.lock('shared', { ttl: '10s', wait: '60s' }, pass)
}

async function hold(): Promise<void> {
  try {
    await rota.lock('held', { ttl: '1s', wait: '20s' }, async ({ token, signal }) => {
      console.log(`token ${token}`)
      const alive = setInterval(() => {}, 1_000)
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      clearInterval(alive)
      console.log('signal')
    })
  } catch (error) {
    console.log(error instanceof RotaError ? error.code : error)
  }
}

if (mode === 'hold') await hold()
else await Promise.all(Array.from({ length: Number(contenders) }, contend))
await rota.stop()
