import { keptStore } from '../data/store.ts'

export const languages = { en: 'English', 'zh-CN': '简体中文' } as const
export type Language = keyof typeof languages

const isLanguage = (value: unknown): value is Language => typeof value === 'string' && Object.hasOwn(languages, value)

/** The language of this browser, unless another was chosen. */
export const language = keptStore<Language>(
  'language',
  navigator.languages.some((one) => one.startsWith('zh')) && !navigator.languages[0]?.startsWith('en') ? 'zh-CN' : 'en',
  isLanguage,
)
