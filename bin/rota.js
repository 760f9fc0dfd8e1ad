#!/usr/bin/env node
// Plain JavaScript that any Node understands, because its first task is to tell an old one what is missing.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'

const needed = 24
const at = (path) => fileURLToPath(new URL(path, import.meta.url))

if (Number(process.versions.node.split('.')[0]) >= needed) {
  // A clone runs its TypeScript as it is; an installed package has only what was built.
  const source = new URL('../src/cli/main.ts', import.meta.url)
  const inClone = existsSync(source)
  if (inClone) await resolveOwnNameToSource()
  const { main } = await import(inClone ? source.href : new URL('../dist/cli/main.js', import.meta.url).href)
  await main(process.argv)
} else if (existsSync(at('../node_modules/.bin/node')) && process.env.ROTA_RELAUNCHED !== '1') {
  relaunch(at('../node_modules/.bin/node'))
} else {
  const here = existsSync(at('../scripts/setup.mjs')) ? '`npm start` in its folder installs one there, or' : 'Please'
  console.error(
    `rota: Node ${needed} or newer is needed, this is ${process.version}. ${here} get it from https://nodejs.org`,
  )
  process.exitCode = 1
}

/** A rota.config.ts in the clone may say `from 'rota'`, as it would in an application, before anything was built. */
async function resolveOwnNameToSource() {
  const { registerHooks } = await import('node:module')
  const { name, exports } = JSON.parse(readFileSync(at('../package.json'), 'utf8'))
  const sources = new Map(
    Object.entries(exports)
      .filter(([, target]) => typeof target === 'object')
      .map(([path, { default: built }]) => [
        name + path.slice(1),
        new URL(`../${built.replace('./dist/', 'src/').replace(/\.js$/, '.ts')}`, import.meta.url).href,
      ]),
  )
  registerHooks({ resolve: (specifier, context, next) => next(sources.get(specifier) ?? specifier, context) })
}

/** The child decides when it ends and with which code; this process only passes on what it hears. */
function relaunch(node) {
  const env = { ...process.env, ROTA_RELAUNCHED: '1' }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit', env })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    console.error(`rota: ${node} does not start: ${error.message} [error]`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)))
}
