/** Light or dark. `public/theme.js` sets it before the first paint. */
import { keptStore } from '../data/store.ts'

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

export const theme = keptStore<Theme>('theme', 'system', (value): value is Theme => themes.includes(value as Theme))

const prefersDark = matchMedia('(prefers-color-scheme: dark)')

function apply(): void {
  const chosen = theme.get()
  document.documentElement.classList.toggle('dark', chosen === 'dark' || (chosen === 'system' && prefersDark.matches))
}

theme.watch(apply)
prefersDark.addEventListener('change', apply)
