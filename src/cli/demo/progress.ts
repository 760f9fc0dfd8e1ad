/**
 * Tells on stderr how far it is: one live line on a terminal, else a plain line now and then.
 *
 * showing (a timer draws) → ended. Messages in between clear the live line first; the next drawing brings it back.
 */
import { say } from '../output.ts'
import { count, cut } from '../text.ts'

export interface Standing {
  readonly found: number
  readonly over: number
  readonly failed: number
  /** False while the walk may still find more. */
  readonly complete: boolean
}

const barWidth = 24

export class Progress {
  readonly #look: () => Standing
  readonly #live = process.stderr.isTTY === true
  readonly #timer: NodeJS.Timeout
  readonly #startedAt = performance.now()
  readonly #overAtStart: () => number
  #last = ''

  /** @param look tells the present standing; @param before how many were over without work of this run */
  constructor(look: () => Standing, before: () => number) {
    this.#look = look
    this.#overAtStart = before
    this.#timer = setInterval(() => this.#show(), this.#live ? 100 : 2_000)
    this.#timer.unref()
  }

  say(message: string): void {
    this.#clear()
    say(message)
  }

  end(): void {
    clearInterval(this.#timer)
    this.#clear()
    this.#last = ''
    say(this.#line(false))
  }

  #show(): void {
    const line = this.#line(this.#live)
    if (line === this.#last) return
    this.#last = line
    if (this.#live) process.stderr.write(`\r\x1b[2K${cut(line, Math.max(20, (process.stderr.columns || 80) - 1))}`)
    else say(line)
  }

  #clear(): void {
    if (this.#live && this.#last !== '') process.stderr.write('\r\x1b[2K')
  }

  #line(withBar: boolean): string {
    const { found, over, failed, complete } = this.#look()
    const seconds = Math.max(0.001, (performance.now() - this.#startedAt) / 1_000)
    const rate = Math.round((over - this.#overAtStart()) / seconds)
    const full = found === 0 ? 0 : Math.floor((over / found) * barWidth)
    const bar = withBar ? `[${'#'.repeat(full)}${'-'.repeat(barWidth - full)}] ` : ''
    const parts = [`${over}/${found} files`, `${failed} failed`, `${count(rate)}/s`]
    return bar + [...parts, ...(complete ? [] : ['still looking'])].join(' · ')
  }
}
