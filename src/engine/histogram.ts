/**
 * How long something took, as a histogram that can be added up without losing precision: any percentile is told within one
 * percent (HdrHistogram, two significant digits).
 *
 * Its text is made, and read, only when somebody needs it: most are stored, merged and left alone.
 */
import { createRequire } from 'node:module'
import type * as Hdr from 'hdr-histogram-js'

export interface Histogram {
  counts: Hdr.Histogram | null
  /** As it is stored; null where `counts` has changed since. */
  text: string | null
}

/** Milliseconds, each within one percent. */
export interface Percentiles {
  /** Half of all took at most so long. */
  readonly p50: number
  /** Nine of ten. */
  readonly p90: number
  /** 99 of a hundred. */
  readonly p99: number
  /** The longest. */
  readonly max: number
}

/** Whatever takes longer counts as this. Milliseconds. */
const longest = 31 * 86_400_000

let library: typeof Hdr | null = null

/** When it is first needed: to load it takes longer than many a command of the command line does. */
export function loadHistograms(): typeof Hdr {
  library ??= createRequire(import.meta.url)('hdr-histogram-js') as typeof Hdr
  return library
}

export const emptyHistogram = (): Histogram => ({ counts: null, text: null })

/** As it was stored; what cannot be read is found out when it is needed, and counts as empty. */
export const storedHistogram = (text: string | null): Histogram => ({ counts: null, text })

const newCounts = (): Hdr.Histogram =>
  loadHistograms().build({
    bitBucketSize: 64,
    autoResize: true,
    lowestDiscernibleValue: 1,
    highestTrackableValue: 2,
    numberOfSignificantValueDigits: 2,
    useWebAssembly: false,
  })

/** @param ms clocks that differ may make it negative; that counts as 0 */
export function recordTime(histogram: Histogram, ms: number): void {
  const counts = countsOf(histogram) ?? newCounts()
  histogram.counts = counts
  histogram.text = null
  counts.recordValue(Math.min(longest, Math.max(0, Math.round(ms))))
}

export function addHistogram(into: Histogram, from: Histogram): void {
  if (into.counts === null && into.text === null && from.text !== null) into.text = from.text
  else {
    const more = countsOf(from)
    if (more === null) return
    const counts = countsOf(into) ?? newCounts()
    counts.add(more)
    into.counts = counts
    into.text = null
  }
}

/** As it is to be stored; null where there is nothing. */
export function histogramText(histogram: Histogram): string | null {
  if (histogram.text === null && histogram.counts !== null)
    histogram.text = loadHistograms().encodeIntoCompressedBase64(histogram.counts)
  return histogram.text
}

/** Null where nothing was recorded. */
export function percentilesOf(histogram: Histogram): Percentiles | null {
  const counts = countsOf(histogram)
  if (counts === null || counts.totalCount === 0) return null
  const at = (percentile: number) => counts.getValueAtPercentile(percentile)
  return { p50: at(50), p90: at(90), p99: at(99), max: at(100) } // the same whether it was stored in between or not
}

function countsOf(histogram: Histogram): Hdr.Histogram | null {
  if (histogram.counts === null && histogram.text !== null) histogram.counts = decoded(histogram.text)
  return histogram.counts
}

function decoded(text: string): Hdr.Histogram | null {
  try {
    const counts = loadHistograms().decodeFromCompressedBase64(text, 64, false)
    counts.autoResize = true
    return counts
  } catch {
    return null // damaged, or of a later version: a chart without it is better than none
  }
}
