/** `--data <json | @file | ->`, and the same behind another flag. */
import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { RotaError } from '../index.ts'

export async function readData(data: string, flag = '--data'): Promise<unknown> {
  const json =
    data === '-' ? await text(process.stdin) : data.startsWith('@') ? await readInput(data.slice(1), flag) : data
  try {
    return JSON.parse(json)
  } catch (error) {
    throw new RotaError('payload_not_json', `${flag}: not JSON. ${(error as Error).message}`, { field: flag.slice(2) })
  }
}

async function readInput(file: string, flag: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new RotaError('option_invalid', `${flag}: ${(error as Error).message}`, { field: flag.slice(2) })
  }
}
