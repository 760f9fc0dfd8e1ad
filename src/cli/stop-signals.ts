/** The signals that ask a process to stop: the first one in good order, a second one at once. Loads next to nothing. */
import { exitCodes } from './exit-codes.ts'

const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** One Ctrl-C arrives twice where npm, or our own launcher, passes on what the terminal sent to the whole group. */
const samePress = 300

export const isStopSignal = (name: NodeJS.Signals): boolean => names.some((one) => one === name)

/** What a process that was asked to stop says to the shell: 130 after Ctrl-C. */
export const exitCodeAfter = (signal: string | null, otherwise: number = exitCodes.ok): number =>
  signal === 'SIGINT' ? exitCodes.interrupted : otherwise

/** Calls `first` with the first signal, and `again` with each later one that is another press. Gives the way to end it. */
export function hearStopSignals(first: (name: NodeJS.Signals) => void, again: () => void): () => void {
  let firstAt: number | null = null
  const hear = (name: NodeJS.Signals) => {
    const now = performance.now()
    if (firstAt === null) {
      firstAt = now
      first(name)
    } else if (now - firstAt > samePress) again()
  }
  for (const name of names) process.on(name, hear)
  return () => {
    for (const name of names) process.off(name, hear)
  }
}
