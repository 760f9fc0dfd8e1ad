import { expect, test } from 'vitest'
import { Batcher, firstThatFit } from './batcher.ts'
import { systemRuntime } from './runtime.ts'

const each = { jobs: () => 1, characters: (item: string) => item.length }
const turn = () => new Promise((resolve) => setImmediate(resolve))

/** What was sent, and how to answer the first that is not answered. */
function gathered() {
  const sent: string[] = []
  const answers: (() => void)[] = []
  const send = (batch: readonly string[]) => {
    sent.push(batch.join(''))
    return new Promise<void>((resolve) => answers.push(resolve))
  }
  const batcher = new Batcher<string>(systemRuntime(), each, send)
  return { batcher, sent, answer: () => answers.shift()?.() }
}

test('what comes together travels together, also behind promises; what comes meanwhile is the next batch', async () => {
  const { batcher, sent, answer } = gathered()
  batcher.push('a')
  void Promise.resolve().then(async () => {
    await null
    batcher.push('b')
  })
  await turn()
  for (const item of ['c', 'd']) batcher.push(item)
  await turn()
  expect(sent).toEqual(['ab'])
  answer()
  await turn()
  expect(sent).toEqual(['ab', 'cd'])
})

test('drained waits for what waits and for what is under way', async () => {
  const { batcher, answer } = gathered()
  await batcher.drained()
  let drained = false
  for (const item of ['a', 'b', 'c']) {
    batcher.push(item)
    await turn()
  }
  const over = batcher.drained().then(() => {
    drained = true
  })
  for (let n = 0; n < 2; n++) {
    expect(drained).toBe(false)
    answer()
    await turn()
  }
  await over
})

test('a batch holds a thousand jobs or four million characters, and one item of any size', () => {
  expect(firstThatFit(Array(2_500).fill('x'), each)).toBe(1_000)
  expect(firstThatFit(['x'.repeat(3_000_000), 'x'.repeat(1_000_000), 'x'], each)).toBe(2)
  expect(firstThatFit(['x'.repeat(9_000_000), 'x'], each)).toBe(1)
})
