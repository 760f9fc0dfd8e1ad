// Brings node_modules to what package-lock.json says before `npm start` and `npm test`, and does nothing when it is
// there: a second start needs neither network nor npm. Plain JavaScript, because the Node that runs it may be old.
//
// Profiles: `start` is the package itself with the Node it runs on; `test` is everything, and good for `start` too.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildPortal } from './portal.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const modules = join(root, 'node_modules')
const stamp = join(modules, '.rota-setup')
const oldest = 20

const profiles = {
  start: {
    flags: ['--workspace=portal', '--include-workspace-root'],
    enough: ['start', 'test'],
    what: 'what it takes to run',
  },
  test: { flags: [], enough: ['test'], what: 'what it takes to run and test' },
}

const profile = process.argv[2] ?? 'start'
if (!Object.hasOwn(profiles, profile))
  fail(`there is no profile "${profile}": use ${Object.keys(profiles).join(' or ')}`, 2)
if (Number(process.versions.node.split('.')[0]) < oldest) {
  fail(`Node ${oldest} or newer is needed to install, this is ${process.version}: get it from https://nodejs.org`)
}

const wanted = createHash('sha256')
  .update(read(join(root, 'package-lock.json')))
  .digest('hex')
if (!isThere()) install()
linkCommand()
try {
  buildPortal(root, nodeProgram())
} catch (error) {
  fail(error.message)
}

function isThere() {
  const [hash, installed] = read(stamp).trim().split(' ')
  if (hash === wanted && profiles[profile].enough.includes(installed) && hasNode()) return true
  if (!isWhole()) return false
  writeFileSync(stamp, `${wanted} test\n`)
  return true
}

/** Somebody ran npm by hand: what it noted about node_modules has all that the lock wants. */
function isWhole() {
  const installed = packagesOf(join(modules, '.package-lock.json'))
  const locked = Object.entries(packagesOf(join(root, 'package-lock.json')))
  const needed = locked.filter(([path, entry]) => path.startsWith('node_modules/') && !entry.optional)
  return needed.length > 0 && needed.every(([path, entry]) => installed[path]?.version === entry.version) && hasNode()
}

/** The package `node` gets its program from an install script, which some npm configurations leave out. */
function hasNode() {
  return existsSync(nodeProgram())
}

function nodeProgram() {
  return join(modules, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
}

function install() {
  const { flags, what } = profiles[profile]
  console.error(`setup: installing ${what} into node_modules (once; npm ci, needs the network) …`)
  rmSync(stamp, { force: true })
  const started = Date.now()
  // Install scripts have to run, see above; its warnings about the Node that runs npm are not about the one it installs.
  const args = ['ci', ...flags, '--ignore-scripts=false', '--no-audit', '--no-fund', '--loglevel=error']
  const { status, error, stdout, stderr } = runNpm(args)
  if (error || status !== 0) {
    process.stderr.write(`${stdout ?? ''}${stderr ?? ''}`)
    fail(error ? `npm does not start: ${error.message}` : `npm ${args.join(' ')} ended with ${status}, see above`)
  }
  if (!hasNode()) fail('npm installed the package "node" without its program: its install script did not run')
  writeFileSync(stamp, `${wanted} ${profile}\n`)
  console.error(`setup: done in ${Math.round((Date.now() - started) / 1000)} s`)
}

function runNpm(args) {
  // Inside an npm script this is the npm that runs it; it works where npm is no program of its own, too.
  const npm = process.env.npm_execpath
  const options = { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }
  if (npm && /\.c?js$/.test(npm)) return spawnSync(process.execPath, [npm, ...args], options)
  return spawnSync('npm', args, { ...options, shell: process.platform === 'win32' })
}

/** npm links the commands of dependencies, not the one of the package itself; `npx rota` looks for it there. */
function linkCommand() {
  const link = join(modules, '.bin', 'rota')
  if (existsSync(link) || process.platform === 'win32') return
  try {
    mkdirSync(dirname(link), { recursive: true })
    rmSync(link, { force: true })
    symlinkSync(join('..', '..', 'bin', 'rota.js'), link)
  } catch (error) {
    console.error(`setup: npx rota may not work: ${error.message}`)
  }
}

function packagesOf(file) {
  try {
    return JSON.parse(read(file)).packages ?? {}
  } catch {
    return {}
  }
}

function read(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

function fail(message, code = 1) {
  console.error(`setup: ${message}`)
  process.exit(code)
}
