/** Real processes of a scenario: started, told to go, killed; none outlives the scenario. */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { until } from '../support/condition.ts'
import { type Run, readRuns } from './ledger.ts'

/**
 * standby (its modules are loaded) → told to go → ready → ended. Standing by first, so that a killed worker is replaced
 * within milliseconds.
 */
export class Child {
  readonly name: string
  readonly process: ChildProcess
  readonly ledger: string
  readonly exited: Promise<number | null>
  #output = ''
  #errors = ''

  constructor(name: string, program: string, ledger: string, options: object) {
    this.name = name
    this.ledger = ledger
    const args = [join(import.meta.dirname, program), JSON.stringify({ ...options, name, ledger })]
    this.process = spawn(process.execPath, args)
    this.process.stdout?.setEncoding('utf8').on('data', (text) => {
      this.#output += text
    })
    this.process.stderr?.setEncoding('utf8').on('data', (text) => {
      this.#errors += text
    })
    this.process.stdin?.on('error', () => {}) // it may be killed while it is told something
    this.exited = new Promise((resolve) => this.process.once('close', resolve))
  }

  get alive(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null
  }

  /** All it said on stdout, and on stderr. */
  get output(): string {
    return this.#output
  }
  get errors(): string {
    return this.#errors
  }

  tell(word: string): void {
    this.process.stdin?.write(`${word}\n`)
  }

  async said(word: string, ms = 20_000): Promise<void> {
    await until(
      `${this.name} says ${word}`,
      () => {
        if (!this.alive) throw new Error(`${this.name} ended before it said ${word}:\n${this.#errors}`)
        return this.#output.split('\n').includes(word)
      },
      ms,
    )
  }

  async go(): Promise<void> {
    await this.said('standby')
    this.tell('go')
    await this.said('ready')
  }

  runs(): Run[] {
    return readRuns(this.name, this.ledger)
  }

  /** Ends it in good order; gives its exit code, and null when it had to be killed after `ms`. */
  async end(ms = 20_000): Promise<number | null> {
    this.process.kill('SIGTERM')
    const timer = setTimeout(() => this.process.kill('SIGKILL'), ms)
    const code = await this.exited
    clearTimeout(timer)
    return code
  }

  async kill(): Promise<void> {
    this.process.kill('SIGKILL')
    await this.exited
  }
}

export class Fleet implements AsyncDisposable {
  readonly #folder: string
  readonly children: Child[] = []

  constructor(folder: string) {
    this.#folder = folder
  }

  start(program: string, options: object): Child {
    const name = `p${this.children.length + 1}`
    const child = new Child(name, program, join(this.#folder, `${name}.ledger`), options)
    this.children.push(child)
    return child
  }

  runs(): Run[] {
    return this.children.flatMap((child) => child.runs())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.children.filter((child) => child.alive).map((child) => child.kill()))
  }
}

/** For the programs: calls `hear` with each line that the parent says, and ends when the parent is gone. */
export function listenToParent(hear: (word: string) => void): void {
  process.stdin.setEncoding('utf8').on('data', (text: string) => {
    for (const word of text.split('\n').filter(Boolean)) hear(word)
  })
  process.stdin.on('end', () => process.exit(3))
}
