import { language } from '../../lib/language.ts'

/** A rate as it is read: `0.42`, `3.1`, `1,284`. */
export const rateText = (rate: number): string =>
  rate >= 10_000
    ? new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 }).format(rate)
    : rate.toLocaleString(language.get(), rate < 100 ? { maximumSignificantDigits: 2 } : { maximumFractionDigits: 0 })
