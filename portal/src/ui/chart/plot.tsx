/** The drawing of a chart. This file and what it imports are loaded when they are needed. */
import 'uplot/dist/uPlot.min.css'
import './plot.css'
import { useEffect, useMemo, useRef, useSyncExternalStore } from 'react'
import uPlot from 'uplot'
import { useStore } from '../../data/store.ts'
import { language } from '../../lib/language.ts'
import { useZone } from '../../lib/time.ts'
import type { Drawing } from './drawing.ts'
import { dataOf, optionsOf } from './options.ts'
import { pointedOf } from './pointed.ts'

export default function Plot({ height, ...drawing }: Drawing & { readonly height: number }) {
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  const zone = useZone()
  const speech = useStore(language)
  const dark = useSyncExternalStore(watchTheme, isDark)
  const { group, kind, scale, step, whole, times, lines } = drawing
  const data = useMemo(() => dataOf({ times, step, kind, scale, lines }), [times, step, kind, scale, lines])
  const latest = useRef({ drawing, data })
  latest.current = { drawing, data }
  const form = JSON.stringify([
    group,
    kind,
    scale,
    step,
    whole,
    lines.map(({ id, color, dash }) => [id, color, dash]),
    zone,
    speech,
    dark,
    height,
  ])
  // biome-ignore lint/correctness/useExhaustiveDependencies: `form` is all that it is made from
  useEffect(() => {
    const element = place.current
    if (element === null) return
    const pointed = pointedOf(group)
    const width = Math.max(120, element.clientWidth)
    const options = optionsOf(latest.current.drawing, { width, height, zone, language: speech, pointed })
    const made = new uPlot(options, latest.current.data, element)
    plot.current = made
    const resized = new ResizeObserver(() => {
      const next = element.clientWidth
      if (next >= 120 && next !== made.width) made.setSize({ width: next, height })
    })
    resized.observe(element)
    void document.fonts.ready.then(() => {
      if (plot.current === made) made.redraw(false, true)
    })
    return () => {
      resized.disconnect()
      made.destroy()
      plot.current = null
      pointed.set(null)
    }
  }, [form])
  useEffect(() => {
    if (plot.current !== null && plot.current.data !== data) plot.current.setData(data)
  }, [data])
  return <div ref={place} className="absolute inset-0" />
}

const isDark = (): boolean => document.documentElement.classList.contains('dark')

function watchTheme(listener: () => void): () => void {
  const watcher = new MutationObserver(listener)
  watcher.observe(document.documentElement, { attributes: true, attributeFilter: ['class'] })
  return () => watcher.disconnect()
}
