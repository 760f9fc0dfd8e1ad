/** A value that components share, kept in this browser where it has a name. */
import { useSyncExternalStore } from 'react'

/** A value that can be watched. */
export interface Store<T> {
  get(): T
  set(value: T): void
  watch(listener: () => void): () => void
}

export function createStore<T>(first: T): Store<T> {
  let value = first
  const listeners = new Set<() => void>()
  return {
    get: () => value,
    set(next) {
      if (Object.is(value, next)) return
      value = next
      for (const tell of [...listeners]) tell()
    },
    watch(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** @param name in the local storage of this browser, behind `rota.` */
export function keptStore<T>(name: string, first: T, fits: (value: unknown) => value is T): Store<T> {
  const key = `rota.${name}`
  const store = createStore(read(key, first, fits))
  return {
    ...store,
    set(value) {
      store.set(value)
      try {
        localStorage.setItem(key, typeof value === 'string' ? value : JSON.stringify(value))
      } catch {} // full, or not allowed: then it counts until the page is closed
    },
  }
}

function read<T>(key: string, first: T, fits: (value: unknown) => value is T): T {
  try {
    const text = localStorage.getItem(key)
    if (text === null) return first
    if (fits(text)) return text
    const value: unknown = JSON.parse(text)
    return fits(value) ? value : first
  } catch {
    return first
  }
}

export const useStore = <T>(store: Store<T>): T => useSyncExternalStore(store.watch, store.get)
