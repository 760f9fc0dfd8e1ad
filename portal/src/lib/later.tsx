import { type ComponentType, type ReactNode, useEffect, useState } from 'react'

/** A component that is loaded when it is drawn first, or when somebody sees ahead that it will be: what fails is told of where it is drawn. */
type Later<P> = ComponentType<P & { readonly waiting: ReactNode }> & { readonly load: () => void }

/**
 * As `lazy` of React, for what people wait for: React holds a thing back for up to 300 ms that takes the place of what stood there while it was
 * loaded, and this shows it at once.
 *
 * @example const Plot = later(() => import('./plot.tsx')); <Plot values={values} waiting={<Loading />} />
 */
export function later<P extends object>(load: () => Promise<{ readonly default: ComponentType<P> }>): Later<P> {
  let Loaded: ComponentType<P> | undefined
  let coming: Promise<void> | undefined
  const begin = () => {
    coming ??= load().then(
      ({ default: component }) => {
        Loaded = component
      },
      (error) => {
        coming = undefined // asked for again, it may come
        throw error
      },
    )
    return coming
  }
  function Shown({ waiting, ...props }: P & { readonly waiting: ReactNode }) {
    const [, setIsThere] = useState(Loaded !== undefined)
    const [error, setError] = useState<unknown>(null)
    useEffect(() => {
      begin().then(() => setIsThere(true), setError)
    }, [])
    if (error !== null) throw error
    return Loaded === undefined ? waiting : <Loaded {...(props as unknown as P)} />
  }
  return Object.assign(Shown, { load: () => void begin().catch(() => {}) })
}
