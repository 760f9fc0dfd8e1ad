/**
 * How long something took, as a histogram that can be added up without losing precision: any percentile is told within one
 * percent, by the buckets of an HdrHistogram with two significant digits. Up to 256 each value has its own; from there on each
 * doubling has 128 of one width.
 *
 * Its text is made, and read, only when somebody needs it: most are stored, merged and left alone.
 */

interface Counts {
  totalCount: number
  /** By bucket; it grows as it is needed. */
  buckets: Float64Array
}

export interface Histogram {
  counts: Counts | null
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

export const emptyHistogram = (): Histogram => ({ counts: null, text: null })

/** As it was stored; what cannot be read is found out when it is needed, and counts as empty. */
export const storedHistogram = (text: string | null): Histogram => ({ counts: null, text })

/** @param ms clocks that differ may make it negative; that counts as 0 */
export function recordTime(histogram: Histogram, ms: number): void {
  const counts = countsOf(histogram)
  add(counts, bucketOf(Math.min(longest, Math.max(0, Math.round(ms)))), 1)
  histogram.text = null
}

export function addHistogram(into: Histogram, from: Histogram): void {
  if (into.counts === null && into.text === null && from.counts === null) into.text = from.text
  else if (from.counts !== null) {
    const { buckets } = from.counts
    const counts = countsOf(into)
    for (let i = 0; i < buckets.length; i++) if (buckets[i] !== 0) add(counts, i, buckets[i] as number)
    into.text = null
  } else if (from.text !== null) {
    addText(countsOf(into), from.text)
    into.text = null
  }
}

/** As it is to be stored; null where there is nothing. */
export function histogramText(histogram: Histogram): string | null {
  if (histogram.text === null && histogram.counts !== null) histogram.text = textOf(histogram.counts)
  return histogram.text
}

/** Null where nothing was recorded. */
export function percentilesOf(histogram: Histogram): Percentiles | null {
  const { totalCount, buckets } = countsOf(histogram)
  if (totalCount === 0) return null
  let bucket = -1
  let reached = 0
  const at = (percentile: number): number => {
    const wanted = Math.ceil((totalCount * percentile) / 100)
    while (reached < wanted) reached += buckets[++bucket] as number
    return highestOf(bucket)
  }
  return { p50: at(50), p90: at(90), p99: at(99), max: at(100) }
}

function countsOf(histogram: Histogram): Counts {
  if (histogram.counts === null) {
    histogram.counts = { totalCount: 0, buckets: new Float64Array(256) }
    if (histogram.text !== null) addText(histogram.counts, histogram.text)
  }
  return histogram.counts
}

// --- buckets

const width = 128

function bucketOf(ms: number): number {
  const doublings = Math.max(0, 24 - Math.clz32(ms))
  return doublings * width + Math.floor(ms / 2 ** doublings)
}

/** The highest value of a bucket. */
function highestOf(bucket: number): number {
  const doublings = Math.max(0, Math.floor(bucket / width) - 1)
  return (bucket - doublings * width + 1) * 2 ** doublings - 1
}

const last = bucketOf(longest)

function add(counts: Counts, bucket: number, count: number): void {
  if (bucket >= counts.buckets.length) {
    const more = new Float64Array(Math.min(last + 1, Math.max(bucket + 1, counts.buckets.length * 2)))
    more.set(counts.buckets)
    counts.buckets = more
  }
  counts.buckets[bucket] = (counts.buckets[bucket] as number) + count
  counts.totalCount += count
}

// --- as text: how many in all, then for each bucket that has some how far it is from the one before, and how many; each number by
// its digits to the base 32, the lowest first, where 32 more says that another follows

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const values = Array.from({ length: 128 }, (_, code) => digits.indexOf(String.fromCharCode(code)))

function textOf({ totalCount, buckets }: Counts): string {
  let text = numberText(totalCount)
  let before = 0
  for (const [bucket, count] of buckets.entries()) {
    if (count === 0) continue
    text += numberText(bucket - before) + numberText(count)
    before = bucket
  }
  return text
}

function numberText(number: number): string {
  let text = ''
  let rest = number
  for (; rest > 31; rest = Math.floor(rest / 32)) text += digits[32 + (rest % 32)]
  return text + digits[rest]
}

/** Nothing, where it is damaged or of another version: a chart without it is better than none. */
function addText(counts: Counts, text: string): void {
  const numbers = numbersOf(text)
  if (numbers === null) return
  let [sum, bucket] = [0, 0]
  for (let i = 1; i < numbers.length; i += 2) {
    bucket += numbers[i] as number
    sum += numbers[i + 1] || Number.NaN
  }
  if (sum !== numbers[0] || bucket > last) return
  bucket = 0
  for (let i = 1; i < numbers.length; i += 2) {
    bucket += numbers[i] as number
    add(counts, bucket, numbers[i + 1] as number)
  }
}

/** Null where a digit is none, or the last number has no end. */
function numbersOf(text: string): number[] | null {
  const numbers: number[] = []
  let [number, unit] = [0, 1]
  for (let i = 0; i < text.length; i++) {
    const digit = values[text.charCodeAt(i)] ?? -1
    if (digit < 0) return null
    number += (digit % 32) * unit
    unit *= 32
    if (digit > 31) continue
    numbers.push(number)
    ;[number, unit] = [0, 1]
  }
  return unit === 1 ? numbers : null
}
