/** Where each job of a flow stands in the drawing. It is worked out anew only when jobs or edges come or go, so that nothing jumps. */
import { useEffect, useState } from 'react'
import { columnsOf, type Drawing, type Graphic } from './graphic.ts'

/** Milliseconds until it is drawn without minding which edges cross. */
const patience = 5_000

/** What belongs together: the drawing, and of what it is one. */
export interface Drawn extends Drawing {
  readonly graphic: Graphic
}

/** @param graphic the same object while nothing of it changes. @returns the last drawing; null while the first one is under way */
export function useDrawing(graphic: Graphic): Drawn | null {
  const [drawn, setDrawn] = useState<Drawn | null>(null)
  useEffect(() => {
    const worker = new Worker(new URL('./layout.worker.ts', import.meta.url), { type: 'module' })
    const end = (drawing: Drawing) => {
      clearTimeout(timer)
      worker.terminate()
      setDrawn({ ...drawing, graphic })
    }
    const timer = setTimeout(() => end(columnsOf(graphic)), patience)
    worker.onmessage = ({ data }: MessageEvent<Drawing>) => end(data)
    worker.onerror = () => end(columnsOf(graphic))
    worker.postMessage(graphic)
    return () => {
      clearTimeout(timer)
      worker.terminate()
    }
  }, [graphic])
  return drawn
}
