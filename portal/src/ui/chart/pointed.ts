import { createStore, type Store } from '../../data/store.ts'

const groups = new Map<string, Store<number | null>>()

/** Which point of a group of charts is pointed at, by its position; null for none. */
export function pointedOf(group: string): Store<number | null> {
  const store = groups.get(group) ?? createStore<number | null>(null)
  groups.set(group, store)
  return store
}
