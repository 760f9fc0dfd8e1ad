/** What a flag has in itself, in a file or from stdin: `--data <json | @file | ->`, and the same behind others. */
import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { RotaError } from '../index.ts'
import { flagInvalid } from './flags.ts'

/** JSON and nothing else. */
export async function readData(given: string, flag = '--data'): Promise<unknown> {
  const json = await readText(given, flag)
  try {
    return JSON.parse(json)
  } catch (error) {
    throw new RotaError('payload_not_json', `${flag}: not JSON. ${(error as Error).message}`, { field: flag.slice(2) })
  }
}

/** JSON where it is some, else a text as it is. */
export async function readBody(given: string, flag: string): Promise<unknown> {
  const body = await readText(given, flag)
  try {
    return JSON.parse(body)
  } catch {
    return body
  }
}

async function readText(given: string, flag: string): Promise<string> {
  if (given === '-') return readStdin(flag)
  return given.startsWith('@') ? await readInput(given.slice(1), flag) : given
}

/** The flag for which it was read: it can be read once. */
let readFor: string | null = null

export function readStdin(flag: string): Promise<string> {
  if (readFor !== null) throw flagInvalid(flag, `stdin is read for ${readFor} already. Use a file for one of them.`)
  readFor = flag
  return text(process.stdin)
}

export async function readInput(file: string, flag: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw flagInvalid(flag, (error as Error).message)
  }
}
