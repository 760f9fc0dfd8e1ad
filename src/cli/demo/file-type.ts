import { extname } from 'node:path'

const texts: Readonly<Record<string, string>> = {
  c: 'text/x-c',
  cjs: 'text/javascript',
  cpp: 'text/x-c++',
  css: 'text/css',
  csv: 'text/csv',
  go: 'text/x-go',
  h: 'text/x-c',
  htm: 'text/html',
  html: 'text/html',
  java: 'text/x-java',
  js: 'text/javascript',
  json: 'application/json',
  jsx: 'text/javascript',
  map: 'application/json',
  markdown: 'text/markdown',
  md: 'text/markdown',
  mjs: 'text/javascript',
  mts: 'text/typescript',
  php: 'text/x-php',
  py: 'text/x-python',
  rb: 'text/x-ruby',
  rs: 'text/x-rust',
  sh: 'text/x-shellscript',
  sql: 'text/x-sql',
  svg: 'image/svg+xml',
  toml: 'application/toml',
  ts: 'text/typescript',
  cts: 'text/typescript',
  tsx: 'text/typescript',
  xml: 'application/xml',
  yaml: 'application/yaml',
  yml: 'application/yaml',
}

const binaries: Readonly<Record<string, string>> = {
  db: 'application/vnd.sqlite3',
  gif: 'image/gif',
  gz: 'application/gzip',
  ico: 'image/x-icon',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  mp3: 'audio/mpeg',
  mp4: 'video/mp4',
  pdf: 'application/pdf',
  png: 'image/png',
  tar: 'application/x-tar',
  tgz: 'application/gzip',
  wasm: 'application/wasm',
  webp: 'image/webp',
  woff2: 'font/woff2',
  zip: 'application/zip',
}

/** How much of a file is looked at for a NUL byte. */
export const sniffedBytes = 8 * 1024

/**
 * A guess at the media type: a NUL byte in the beginning means binary, then the extension decides.
 *
 * @param start the first `sniffedBytes` of the file, or all of a shorter one
 */
export function fileType(path: string, start: Uint8Array): string {
  if (start.length === 0) return 'application/x-empty'
  const extension = extname(path).slice(1).toLowerCase()
  const known = (table: Readonly<Record<string, string>>) =>
    Object.hasOwn(table, extension) ? table[extension] : undefined
  if (start.includes(0)) return known(binaries) ?? 'application/octet-stream'
  return known(texts) ?? known(binaries) ?? 'text/plain'
}
