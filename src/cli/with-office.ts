/** Opens where the commands on people, keys, the audit log and definitions work. */
import { type Rota, RotaError } from '../index.ts'
import { type Globals, withRota } from './config.ts'
import type { Office } from './office.ts'
import { serverOf } from './with-desk.ts'

/** What it needs is loaded only here, because that takes longer than most commands. */
export async function withOffice<T>(globals: Globals, work: (office: Office) => Promise<T>): Promise<T> {
  const url = serverOf(globals)
  if (url === null)
    return withRota(globals, async (rota) => {
      const { localOffice } = await import('./local-office.ts')
      return work(localOffice(clusterOf(rota)))
    })
  const [{ remoteClient }, { remoteOffice }] = await Promise.all([
    import('./remote/desk.ts'),
    import('./remote/office.ts'),
  ])
  return work(remoteOffice(remoteClient(url, globals.cluster)))
}

function clusterOf(rota: Rota) {
  const own = rota.clusters.find(({ isDefault }) => isDefault)
  if (own !== undefined) return rota.cluster(own.name)
  const known = rota.clusters.map(({ name }) => name).join(', ')
  const message = `--cluster: there are several clusters and none of them is the default. Name one with --cluster. Known: ${known}.`
  throw new RotaError('cluster_unknown', message, { field: 'cluster' })
}
