/** stdout is data, stderr is messages. What is written has left the process before a command ends. */
import { plain, withoutPasswords } from './text.ts'

/** A reader that has seen enough, such as `head`, ends the command quietly. */
export function endWhenNobodyReads(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    process.stderr.write(`rota: the output cannot be written: ${error.message}\n`)
    process.exit(1)
  })
  process.stderr.on('error', () => {}) // nobody is left to be told
}

export function print(text: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(text, () => resolve()))
}

export const printLines = (lines: readonly string[]): Promise<void> => print(lines.map((line) => `${line}\n`).join(''))

/** Controls that JSON allows as they are but a terminal may obey. */
const escaped = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`

const json = (value: unknown, indent: number): string =>
  `${JSON.stringify(value, null, indent).replace(/[\u007f-\u009f\u2028\u2029]/g, escaped)}\n`

export const printJson = (value: unknown): Promise<void> => print(json(value, 2))

/** For streams: one value a line. */
export const printJsonLine = (value: unknown): Promise<void> => print(json(value, 0))

export function say(message: string): void {
  process.stderr.write(`${plain(withoutPasswords(message))}\n`)
}

export const drained = async (): Promise<void> => {
  await print('')
  await new Promise<void>((resolve) => process.stderr.write('', () => resolve()))
}
