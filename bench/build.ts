/**
 * The processes of the benchmark as plain JavaScript: stripping their types would take memory and time that no user has to
 * give. Rota itself is built already (`npm run build`).
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
/** From here they find the packages that they need. */
const folder = join(root, 'node_modules', '.cache', 'rota-bench')

/** Gives the file of `child.ts`. */
export function buildChild(): string {
  const settings = {
    extends: join(root, 'tsconfig.build.json'),
    compilerOptions: { rootDir: root, outDir: folder, declaration: false },
    include: [join(root, 'bench', 'child.ts')],
    exclude: [],
  }
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n')
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings))
  symlinkSync(join(root, 'dist'), join(folder, 'dist'))
  execFileSync(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', folder], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  return join(folder, 'bench', 'child.js')
}
