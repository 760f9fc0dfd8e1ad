// Builds the portal into dist/portal where its sources have changed since it was built last: `npm run build`; `npm start` and `npm test` by setup.mjs.
// Plain JavaScript, because the Node that runs it may be old.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const sources = ['portal', 'src/api', 'src/client', 'src/job', 'src/schedule', 'src/kinds', 'package-lock.json']

/** @param {string} root of the repository @param {string} node the program that builds it */
export function buildPortal(root, node) {
  const stamp = join(root, 'node_modules', '.rota-portal')
  const hash = hashOf(root)
  const isThere = existsSync(join(root, 'dist', 'portal', 'index.html'))
  if (isThere && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return
  const started = Date.now()
  console.error('portal: building …')
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js')
  const args = [vite, 'build', '--config', join(root, 'portal', 'vite.config.ts'), '--logLevel', 'error']
  const { status, stdout, stderr, error } = spawnSync(node, args, { cwd: root, encoding: 'utf8' })
  if (status !== 0) {
    process.stderr.write(`${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}\n`)
    throw new Error('the portal could not be built, see above')
  }
  writeFileSync(stamp, hash)
  console.error(`portal: built in ${((Date.now() - started) / 1000).toFixed(1)} s`)
}

function hashOf(root) {
  const hash = createHash('sha256')
  for (const source of sources)
    for (const path of filesOf(join(root, source)))
      hash.update(path.slice(root.length)).update('\0').update(readFileSync(path))
  return hash.digest('hex')
}

function filesOf(path) {
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path, { withFileTypes: true })
    .filter(({ name }) => !['node_modules', 'dist', 'test'].includes(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap(({ name }) => filesOf(join(path, name)))
}

const own = fileURLToPath(import.meta.url)
if (process.argv[1] === own) buildPortal(dirname(dirname(own)), process.execPath)
