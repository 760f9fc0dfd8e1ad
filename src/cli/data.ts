/** `--data <json | @file | ->` */
import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { RotaError } from '../index.ts'

export async function readData(flag: string): Promise<unknown> {
  const json = flag === '-' ? await text(process.stdin) : flag.startsWith('@') ? await readInput(flag.slice(1)) : flag
  try {
    return JSON.parse(json)
  } catch (error) {
    throw new RotaError('payload_not_json', `--data: not JSON. ${(error as Error).message}`, { field: 'data' })
  }
}

async function readInput(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new RotaError('option_invalid', `--data: ${(error as Error).message}`, { field: 'data' })
  }
}
