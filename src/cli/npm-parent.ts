/**
 * npx and `npm run` pass SIGTERM on to the shell between them and us, which ends without telling us: nobody would stop this
 * process any more. What was started without npm may outlive who started it, as behind nohup, and so may what leads a session of its
 * own, as behind setsid.
 */
import { readFileSync } from 'node:fs'

/** Milliseconds. */
const lookEvery = 500

/** Calls `then` once when the process that npm started us by is gone. Keeps no process alive. */
export function whenNpmIsGone(then: () => void): void {
  if (process.env.npm_lifecycle_event === undefined || leadsSession()) return
  const parent = process.ppid
  const looking = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(looking)
    then()
  }, lookEvery)
  looking.unref()
}

/** Only Linux can tell; the fields behind the name, which may hold anything, are state, parent, group and session. */
function leadsSession(): boolean {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3]) === process.pid
  } catch {
    return false
  }
}
