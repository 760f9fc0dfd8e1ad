/**
 * The log of one job, read page by page to its end, and on from there while the job runs. What the stream tells is only the hint to read on: so lines come
 * once each and in their order, also when the stream breaks.
 */
import { useCallback, useEffect, useRef, useState } from 'react'
import { cluster, rota } from '../../data/client.ts'
import { followLog, paused } from '../../data/live.ts'
import { isOver, type Job } from '../jobs/job.ts'
import { emptyLog, type JobLog, withLines } from './log.ts'

const pageSize = 1_000
/** After so many lines it asks whether to go on. */
const atOnce = 20_000
/** Milliseconds between two readings while lines come. */
const pace = 300

/**
 * @param changed another value makes it read on: the job was read anew
 * @param inPeace somebody reads further up: as long as that can be, no line is dropped, because that moves all others
 */
export function useJobLog(job: Job, changed: unknown, inPeace: boolean): JobLog & { readonly readOn: () => void } {
  const { id } = job
  const [log, setLog] = useState(emptyLog)
  const reader = useRef<(more?: boolean) => void>(() => {})
  const peace = useRef(inPeace)
  peace.current = inPeace
  useEffect(() => {
    const ends = new AbortController()
    let cursor: string | undefined
    let limit = atOnce
    let now = emptyLog
    let isReading = false
    let asked = false
    const tell = (next: JobLog) => {
      now = next
      if (!ends.signal.aborted) setLog(next)
    }
    const read = async (): Promise<void> => {
      if (isReading) {
        asked = true
        return
      }
      isReading = true
      try {
        do {
          asked = false
          const options = { signal: ends.signal, context: { cluster } }
          const page = await rota.jobs.logs({ id, limit: pageSize, ...(cursor !== undefined && { cursor }) }, options)
          cursor = page.next ?? undefined
          const isEnd = page.lines.length < pageSize
          const stops = !isEnd && now.read + page.lines.length >= limit
          tell({
            ...withLines(now, page.lines, peace.current),
            state: isEnd ? 'end' : stops ? 'stopped' : 'reading',
            error: null,
          })
          asked ||= !isEnd && !stops
        } while (asked)
      } catch (error) {
        if (!ends.signal.aborted) tell({ ...now, error })
      } finally {
        isReading = false
      }
    }
    reader.current = (more = false) => {
      if (more || now.state === 'end') limit = now.read + atOnce
      if (more || (now.state !== 'stopped' && !paused.get())) void read()
    }
    setLog(emptyLog)
    void read()
    return () => ends.abort()
  }, [id])
  const over = isOver(job)
  useEffect(() => {
    if (over) return
    let timer: ReturnType<typeof setTimeout> | undefined
    const end = followLog(id, () => {
      timer ??= setTimeout(() => {
        timer = undefined
        reader.current()
      }, pace)
    })
    return () => {
      end()
      clearTimeout(timer)
    }
  }, [id, over])
  // biome-ignore lint/correctness/useExhaustiveDependencies: the value is only watched
  useEffect(() => reader.current(), [changed])
  return { ...log, readOn: useCallback(() => reader.current(true), []) }
}
