// Installs the programs that tests can use and npm does not bring, with apt-get. Says nothing when all are there.
// Plain JavaScript, because .ci/run calls it before anything is installed.
//
// Tests run without them, too, and say what they skipped. On the standard output stands what is missing in the end.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** By program: its Debian package, and the service that the package would start and that nobody here wants. */
const programs = {
  pgbouncer: { package: 'pgbouncer', service: 'pgbouncer' },
  strace: { package: 'strace', service: null },
  zsh: { package: 'zsh', service: null },
  fish: { package: 'fish', service: null },
  'redis-server': { package: 'redis-server', service: 'redis-server' },
  chromium: { package: 'chromium', service: null },
}
const tries = 2
const patience = 5 * 60_000

const missing = () => Object.keys(programs).filter((program) => !isInstalled(program))
const wanted = missing()
if (wanted.length > 0) install()
const left = missing()
if (left.length > 0) {
  console.log(left.join(' '))
  process.exitCode = 1
}

function install() {
  const packages = wanted.map((program) => programs[program].package)
  if (!isInstalled('apt-get')) return say(`there is no apt-get here; install it another way: ${packages.join(', ')}`)
  const sudo = rootCommand()
  if (sudo === null) return say(`this needs root (or sudo without a password): apt-get install ${packages.join(' ')}`)
  for (let n = 1; n <= tries && missing().length > 0; n++) {
    say(`installing ${packages.join(', ')} with apt-get${n > 1 ? ', once more' : ''} …`)
    run(sudo, 'apt-get', '-q', 'update') // lists that are half new may do as well
    const problem = run(sudo, 'apt-get', '-q', '-y', '--no-install-recommends', 'install', ...packages)
    if (problem !== null) say(problem)
  }
  for (const program of wanted) if (isInstalled(program)) keepDown(sudo, programs[program].service)
  const failed = missing()
  say(failed.length > 0 ? `not installed: ${failed.join(', ')}` : 'done')
}

/** Tests start their own. Only for what was not there before: somebody else's service is theirs. */
function keepDown(sudo, service) {
  if (service === null) return
  if (existsSync('/run/systemd/system')) run(sudo, 'systemctl', 'disable', '--now', service)
  else {
    if (isInstalled('service')) run(sudo, 'service', service, 'stop')
    if (isInstalled('update-rc.d')) run(sudo, 'update-rc.d', service, 'disable')
    if (isInstalled('systemctl')) run(sudo, 'systemctl', 'disable', service)
  }
}

/** What goes before a command to run it as root; null when that cannot be. */
function rootCommand() {
  if (process.getuid?.() === 0) return []
  return spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0 ? ['sudo', '-n'] : null
}

/** Null when it went well, otherwise why not. */
function run(sudo, ...command) {
  const [program, ...args] = [...sudo, 'env', 'DEBIAN_FRONTEND=noninteractive', 'LC_ALL=C', ...command]
  const { status, error, stderr } = spawnSync(program, args, { encoding: 'utf8', timeout: patience })
  if (status === 0) return null
  return `${command.join(' ')}: ${error?.message ?? stderr.trim().split('\n').at(-1)}`
}

function isInstalled(program) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  return folders.some((folder) => existsSync(join(folder, program)))
}

function say(message) {
  console.error(`services: ${message}`)
}
