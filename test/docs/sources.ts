/** What the package exports, by the name under which it is imported: the source file, from the root. */
export function sourcesByName(packageJson: string): Map<string, string> {
  const { name, exports } = JSON.parse(packageJson) as {
    name: string
    exports: Record<string, string | { default: string }>
  }
  const sources = new Map<string, string>()
  for (const [path, target] of Object.entries(exports)) {
    if (typeof target === 'string') continue
    sources.set(name + path.slice(1), target.default.replace('./dist/', 'src/').replace(/\.js$/, '.ts'))
  }
  return sources
}
