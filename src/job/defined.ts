/** An object without what is undefined in it: an option that is absent is another thing than one that is undefined. */
export const defined = <T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never
