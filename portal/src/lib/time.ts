/** Instants and durations as people read them. */
import { useSyncExternalStore } from 'react'
import { keptStore, useStore } from '../data/store.ts'
import { language } from './language.ts'

/** `local`, `UTC`, or the name of a zone. */
export const zone = keptStore<string>(
  'zone',
  'local',
  (value): value is string => typeof value === 'string' && isZone(value),
)

export function isZone(name: string): boolean {
  if (name === 'local') return true
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}

/** Asked once: it takes a while, and every time on a page needs it. */
const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone

export const zoneName = (chosen: string): string => (chosen === 'local' ? ownZone : chosen)

/** The zone that times are shown in, by its name. */
export const useZone = (): string => zoneName(useStore(zone))

const formats = new Map<string, Intl.DateTimeFormat>()
function format(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = locale + JSON.stringify(options)
  const known = formats.get(key) ?? new Intl.DateTimeFormat(locale, options)
  formats.set(key, known)
  return known
}

export type Instant = string | number | Date

/** `2026-11-22 21:04:05`, in a zone. */
export function absolute(at: Instant, timeZone: string, { seconds = true, withZone = false } = {}): string {
  const parts = format('sv-SE', {
    timeZone,
    dateStyle: 'short',
    timeStyle: seconds ? 'medium' : 'short',
  }).format(new Date(at))
  return withZone ? `${parts} ${timeZone}` : parts
}

const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const

/** `3 minutes ago`, `in 2 hours`, short. */
export function relative(at: Instant, now: number): string {
  const ms = new Date(at).getTime() - now
  const words = new Intl.RelativeTimeFormat(language.get(), { numeric: 'auto', style: 'narrow' })
  for (const [unit, size] of units) if (Math.abs(ms) >= size) return words.format(Math.trunc(ms / size), unit)
  return words.format(0, 'second')
}

/** `250 ms`, `4.2 s`, `3 m 20 s`, `2 h 5 m`, `4 d 3 h`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`
  if (ms < 3_600_000) return two(ms, 60_000, 'm', 1_000, 's')
  if (ms < 86_400_000) return two(ms, 3_600_000, 'h', 60_000, 'm')
  return two(ms, 86_400_000, 'd', 3_600_000, 'h')
}

function two(ms: number, big: number, bigName: string, small: number, smallName: string): string {
  const rest = Math.floor((ms % big) / small)
  return `${Math.floor(ms / big)} ${bigName}${rest > 0 ? ` ${rest} ${smallName}` : ''}`
}

const letters = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const

/** `90s`: as the API takes it, exact, in the largest unit that loses nothing; a text as it is, and nothing of anything else. */
export function durationText(ms: unknown): string {
  if (typeof ms !== 'number') return typeof ms === 'string' ? ms : ''
  for (const [letter, size] of letters) if (ms >= size && ms % size === 0) return `${ms / size}${letter}`
  return `${ms}ms`
}

/** `1 234`, `12.3k`, `4.5M`. */
export function count(n: number): string {
  if (n < 10_000) return n.toLocaleString(language.get())
  return new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 }).format(n)
}

const ticking = new Set<() => void>()
let now = Date.now()
let timer: ReturnType<typeof setInterval> | null = null

function watchClock(listener: () => void): () => void {
  ticking.add(listener)
  timer ??= setInterval(() => {
    if (document.hidden) return
    now = Date.now()
    for (const tell of [...ticking]) tell()
  }, 1_000)
  return () => {
    ticking.delete(listener)
    if (ticking.size > 0 || timer === null) return
    clearInterval(timer)
    timer = null
  }
}

/** The present instant, in milliseconds, new each second. */
export const useNow = (): number => useSyncExternalStore(watchClock, () => now)
