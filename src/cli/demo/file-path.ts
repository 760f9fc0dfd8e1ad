import { isUtf8 } from 'node:buffer'

/** A path as JSON can hold it. Names are bytes to the file system; where they are not UTF-8 the bytes come along. */
export interface StoredPath {
  /** Readable; not exact when `pathBytes` is there. */
  readonly path: string
  /** The exact bytes in base64. */
  readonly pathBytes?: string
}

export function storePath(path: Buffer): StoredPath {
  const text = path.toString('utf8')
  return isUtf8(path) ? { path: text } : { path: text, pathBytes: path.toString('base64') }
}

export const pathOf = ({ path, pathBytes }: StoredPath): Buffer =>
  pathBytes === undefined ? Buffer.from(path) : Buffer.from(pathBytes, 'base64')
