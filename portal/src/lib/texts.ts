/** The texts of the portal: one file of each language for each screen (`texts/<language>/<screen>.json`), loaded with it. */
import i18next, { type BackendModule } from 'i18next'
import { initReactI18next, useTranslation } from 'react-i18next'
import common from '../texts/en/common.json'
import { language } from './language.ts'

const files = import.meta.glob<{ default: object }>(['../texts/*/*.json', '!../texts/en/common.json'])

const backend: BackendModule = {
  type: 'backend',
  init() {},
  read(lang, namespace, done) {
    const load = files[`../texts/${lang}/${namespace}.json`]
    if (load === undefined) return done(new Error(`there are no texts ${lang}/${namespace}`), null)
    load().then(
      ({ default: texts }) => done(null, texts as never),
      (error: Error) => done(error, null),
    )
  },
}

export async function startTexts(): Promise<void> {
  await i18next
    .use(backend)
    .use(initReactI18next)
    .init({
      lng: language.get(),
      fallbackLng: 'en',
      ns: ['common'],
      defaultNS: 'common',
      fallbackNS: 'common',
      partialBundledLanguages: true,
      resources: { en: { common } },
      interpolation: { escapeValue: false }, // React does that
    })
  const apply = () => {
    document.documentElement.lang = language.get()
    void i18next.changeLanguage(language.get())
  }
  language.watch(apply)
  document.documentElement.lang = language.get()
}

/** Loads texts before a screen asks for them. */
export const loadTexts = (screens: readonly string[]): Promise<void> => i18next.loadNamespaces(screens)

/** The texts of a screen: `const t = useTexts('jobs')`, then `t('title')`. What it lacks is looked for in `common`. */
export function useTexts(screen: string): (key: string, values?: Record<string, unknown>) => string {
  const { t } = useTranslation([screen, 'common'])
  return t as never
}
