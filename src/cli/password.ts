/** A password that is neither an argument, which others see, nor shown. */
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { RotaError } from '../index.ts'

/** From stdin as a whole, or asked for twice on a terminal. @throws RotaError `option_invalid`, `aborted` */
export async function readPassword(fromStdin: boolean): Promise<string> {
  if (fromStdin) return (await text(process.stdin)).replace(/\r?\n$/, '')
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) {
    const message = 'nobody is here to ask for a password: pipe it in with --password-stdin.'
    throw new RotaError('option_invalid', message, { field: 'password' })
  }
  const password = await ask('Password: ')
  if ((await ask('Once more: ')) === password) return password
  throw new RotaError('option_invalid', 'The two passwords differ. Nothing was stored.', { field: 'password' })
}

async function ask(question: string): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const asking = createInterface({ input: process.stdin, output: nowhere, terminal: true })
  const left = Promise.withResolvers<never>()
  asking.once('close', () => left.reject(new RotaError('aborted', 'Nothing was stored.')))
  process.stderr.write(question)
  try {
    return await Promise.race([asking.question(''), left.promise])
  } finally {
    left.promise.catch(() => {}) // it closes in any case
    asking.close()
    process.stderr.write('\n')
  }
}
