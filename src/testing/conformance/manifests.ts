/** What workers tell of their jobs. */
import { deepEqual } from 'node:assert/strict'
import type { Cases } from './kit.ts'

const told = (job: string, manifest: object = {}) => ({ job, manifest: JSON.stringify(manifest) })

export const manifests: Cases = {
  async 'what was told last of a job stands, by its id'({ storage }) {
    const texts = { text: `o'brien "%_\\ 🦊 \0`, n: 1 }
    await storage.publish([])
    await storage.publish([told('mail', texts), told('a.report'), told('Zeta')])
    await storage.publish([told('mail', { n: 2 }), told('mail', { n: 3 }), told('new')])
    deepEqual(await storage.manifests(null), [told('Zeta'), told('a.report'), told('mail', { n: 3 }), told('new')])
    deepEqual(await storage.manifests(['mail', 'none']), [told('mail', { n: 3 })])
    deepEqual(await storage.manifests([]), [])
    await storage.publish([told('mail', texts)])
    deepEqual(await storage.manifests(['mail']), [told('mail', texts)])
  },

  async 'many who tell at once do not hold each other up'({ storage, subject, connect }) {
    const storages = subject.shared ? [storage, await connect()] : [storage]
    const jobs = Array.from({ length: 30 }, (_, n) => `job-${String(n).padStart(2, '0')}`)
    await Promise.all(
      Array.from({ length: 8 }, (_, n) => {
        const list = jobs.map((job) => told(job, { n }))
        return storages[n % storages.length]?.publish(n % 2 === 0 ? list : list.toReversed())
      }),
    )
    await storage.publish(jobs.map((job) => told(job, { last: true })))
    deepEqual(
      await storage.manifests(null),
      jobs.map((job) => told(job, { last: true })),
    )
  },
}
