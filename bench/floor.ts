/** The floor: the same minimal SQL by hand on the schema that Rota chose, without any of what makes it Rota. */
import type { Bench } from './bench.ts'
import { type Floor, measureFloor } from './schema/floor.ts'

export const floor = { name: 'floor' } as const

export const measure = ({ servers }: Bench, jobs: number, connections: number): Promise<Floor> =>
  measureFloor({ url: servers.postgres.url, jobs, connections })
