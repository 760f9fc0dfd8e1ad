/** After each test file: no socket, watcher, child process, thread, timer or temporary folder of it may be left. */
import { readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { afterAll, expect } from 'vitest'

const kinds = ['TCPSocketWrap', 'TCPServerWrap', 'ProcessWrap', 'FSEventWrap', 'Worker']
const patience = 3_000

afterAll(async () => {
  const deadline = performance.now() + patience
  while (leaked().length > 0 && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20))
  expect(leaked()).toEqual([])
})

function leaked(): string[] {
  const resources = process.getActiveResourcesInfo()
  const timers = resources.filter((kind) => kind === 'Timeout').slice(1) // one is the timeout of the hook itself
  const folders = readdirSync(tmpdir()).filter((name) => name.startsWith(`rota-${process.pid}-`))
  const threads = Array.from({ length: leaseThreads() }, () => 'lease thread')
  return [...resources.filter((kind) => kinds.includes(kind)), ...timers, ...folders, ...threads]
}

/** Threads of this process that renew a lease; they hold nothing, so Node does not list them, but Linux does. */
export function leaseThreads(): number {
  if (process.platform !== 'linux') return 0
  const names = readdirSync('/proc/self/task').map((thread) => {
    try {
      return readFileSync(`/proc/self/task/${thread}/comm`, 'utf8').trim()
    } catch {
      return '' // it has just ended
    }
  })
  return names.filter((name) => name === 'rota lease').length
}
