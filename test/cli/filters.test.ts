/** Filters, lists and purges as people type them; what they mean is tested in `test/engine/filters.test.ts`. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createRota, defineJob, type Rota, type } from '../../src/index.ts'
import { newFolder, rota } from './command.ts'

const greet = defineJob({
  id: 'greet',
  input: type<{ n: number }>(),
  metadata: { team: 'a b' },
  retries: 0,
  run: ({ n }) => {
    if (n === 2) throw new Error('ECONN refused: "no", C:\\temp')
  },
})

const open = (folder: string): Rota => createRota({ storage: `sqlite:${join(folder, 'rota.db')}`, jobs: [greet] })

async function threeOver(store: Rota): Promise<string[]> {
  await store.start()
  const stored = await store.enqueueMany(greet, [{ n: 1 }, { n: 2 }, { n: 3 }])
  for (const { id } of stored) await store.result(id).catch(() => {})
  return stored.map(({ id }) => id)
}

test('every way to write a filter in a shell finds the job', async () => {
  const folder = newFolder()
  await using store = open(folder)
  const [, failed, third] = await threeOver(store)
  const list = async (...args: string[]) => {
    const { code, stdout } = await rota(folder, 'jobs', 'list', '--json', ...args)
    expect(code).toBe(0)
    return JSON.parse(stdout).map(({ id }: { id: string }) => id)
  }
  const [bare, quoted, together, path] = await Promise.all([
    list('error:econn REFUSED: "no"', 'state:failed'), // its own quotes are no quotes of the language
    list('error:"C:\\temp"'),
    list('state:succeeded metadata.team:"a b" since:1h', 'input.n:3'),
    list('metadata.team:a b', 'until:1h'),
  ])
  expect([bare, quoted, together, path]).toEqual([[failed], [failed], [third], []])
}, 30_000)

test('a list of what is far back goes on by itself, and tells how to go on where it would take long', async () => {
  const folder = newFolder()
  await using store = open(folder)
  const old = await store.enqueue(greet, { n: 7 }, { in: '1h' })
  await store.enqueueMany(
    greet,
    Array.from({ length: 25_000 }, () => ({ n: 1 })),
    { in: '1h' },
  )
  const found = await rota(folder, 'jobs', 'list', 'input.n:7', '--json')
  expect(JSON.parse(found.stdout)).toMatchObject([{ id: old.id }])
  expect(found.stderr).toBe('')
  const [full, none] = await Promise.all([
    rota(folder, 'jobs', 'list', 'input.n:1', '--limit', '2', '--json'),
    rota(folder, 'jobs', 'list', 'input.n:8'),
  ])
  expect(JSON.parse(full.stdout).length).toBe(2)
  expect(full.stderr).toMatch(/^there may be more: --cursor [0-9a-f-]{36}\n$/)
  expect(none).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('no such jobs in sqlite:') })
}, 30_000)

test('a purge wants to be sure: it counts when dry, deletes with --yes, and refuses where nobody can answer', async () => {
  const folder = newFolder()
  await using store = open(folder)
  const [first, failed, third] = await threeOver(store)
  const purge = (...args: string[]) => rota(folder, 'jobs', 'purge', ...args)
  const [refused, dry, json, old, open_, missing] = await Promise.all([
    purge('--older-than', '0s'),
    purge('state:failed', '--older-than', '0s', '--dry-run'),
    purge('--older-than', '0s', '--dry-run', '--limit', '2', '--json'),
    purge('--older-than', '1h', '--yes'),
    purge('state:ready', '--older-than', '1h', '--yes'),
    purge('--yes'),
  ])
  expect(refused).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(/add --yes.*\[option_invalid\]\n$/),
  })
  expect(dry).toEqual({ code: 0, stdout: '1 job would be deleted\n', stderr: '' })
  expect(JSON.parse(json.stdout)).toEqual({ found: 2, deleted: 0, more: true })
  expect(old).toEqual({ code: 0, stdout: '0 jobs deleted\n', stderr: '' })
  expect(open_).toMatchObject({ code: 2, stderr: expect.stringContaining('"ready" is not allowed') })
  expect(missing).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('--older-than') })
  expect((await store.jobs.list()).jobs.map(({ id }) => id)).toEqual([third, failed, first])

  expect(await purge('state:failed', '--older-than', '0s', '--yes')).toEqual({
    code: 0,
    stdout: '1 job deleted\n',
    stderr: '',
  })
  expect(await purge('--older-than', '0s', '--yes', '--limit', '1')).toMatchObject({
    stdout: '1 job deleted\n',
    stderr: 'there may be more: the limit was reached\n',
  })
  expect((await store.jobs.list()).jobs.map(({ id }) => id)).toEqual([first])
}, 30_000)
