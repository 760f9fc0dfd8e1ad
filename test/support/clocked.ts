import type { Storage } from '../../src/storage/contract.ts'
import { postgres } from '../../src/storage/postgres/index.ts'
import { sqlite } from '../../src/storage/sqlite/index.ts'

/** The storage of a URL, whose database has the clock of the test. */
export function clocked(url: string, clock: () => number): Storage {
  if (url.startsWith('sqlite:')) return sqlite({ file: url.slice('sqlite:'.length), clock })
  const [address = '', schema = 'rota'] = url.split('?schema=')
  return postgres({ url: address, schema, clock })
}
