/** Flows of which a part is done: 199 of 20 jobs, one of 1 000. */
import type { FlowNode, Rota } from '../../src/index.ts'
import { step } from './jobs.ts'

const flows = 200
const small = { layers: 4, width: 5 }
const large = { layers: 20, width: 50 }

/** @returns the id of the large one */
export async function storeFlows(rota: Rota): Promise<string> {
  for (let n = 1; n < flows; n++) await storeFlow(rota, `nightly-${n % 10}`, small)
  const id = await storeFlow(rota, 'month-end', large)
  await rota.start()
  while ((await rota.jobs.list({ filter: 'lane:done state:ready,running,blocked', limit: 1 })).jobs.length > 0)
    await new Promise((resolve) => setTimeout(resolve, 100))
  return id
}

/** Each job waits for two of the layer before; the first half of the layers runs, the rest waits in a lane that nobody serves. */
async function storeFlow(rota: Rota, name: string, { layers, width }: typeof small): Promise<string> {
  const { id } = await rota.flow(name, (flow) => {
    let before: FlowNode<number>[] = []
    for (let layer = 0; layer < layers; layer++) {
      const lane = layer < layers / 2 ? 'done' : 'default'
      before = Array.from({ length: width }, (_, n) => {
        const after = [before[n], before[(n + 1) % width]].filter((node) => node !== undefined)
        return flow.job(step, { n: layer * width + n }, { lane, ...(after.length > 0 && { after }) })
      })
    }
    return {}
  })
  return id
}
