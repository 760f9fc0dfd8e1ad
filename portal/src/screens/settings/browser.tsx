import { useState } from 'react'
import { useStore } from '../../data/store.ts'
import { type Language, language, languages } from '../../lib/language.ts'
import { useTexts } from '../../lib/texts.ts'
import { zone, zoneName } from '../../lib/time.ts'
import { theme, themes } from '../../shell/theme.ts'
import { ZoneDialog } from '../../shell/zone-dialog.tsx'
import { Field, Select } from '../../ui/form.tsx'
import { Card } from '../../ui/page.tsx'

const other = 'other …'
const themeTexts = { system: 'top.themeSystem', light: 'top.themeLight', dark: 'top.themeDark' } as const

/** What this browser keeps for itself. */
export function Browser() {
  const t = useTexts('settings')
  const chosenTheme = useStore(theme)
  const chosenZone = useStore(zone)
  const chosenLanguage = useStore(language)
  const [asking, setAsking] = useState(false)
  const zones = [...new Set(['local', 'UTC', chosenZone])]
  return (
    <Card title={t('browser')}>
      <div className="grid gap-4 sm:grid-cols-3">
        <Field label={t('top.theme')}>
          {(ids) => (
            <Select
              {...ids}
              value={chosenTheme}
              onChange={(next) => theme.set(next)}
              options={themes.map((one) => [one, t(themeTexts[one])])}
            />
          )}
        </Field>
        <Field label={t('top.language')}>
          {(ids) => (
            <Select
              {...ids}
              value={chosenLanguage}
              onChange={(next) => language.set(next)}
              options={(Object.keys(languages) as Language[]).map((one) => [one, languages[one]])}
            />
          )}
        </Field>
        <Field label={t('top.zone')}>
          {(ids) => (
            <Select
              {...ids}
              value={chosenZone}
              onChange={(next) => (next === other ? setAsking(true) : zone.set(next))}
              options={[
                ...zones.map(
                  (one) => [one, one === 'local' ? `${t('top.zoneLocal')} (${zoneName(one)})` : one] as const,
                ),
                [other, t('top.zoneOther')],
              ]}
            />
          )}
        </Field>
      </div>
      <p className="mt-3 text-faint text-xs">{t('browserNote')}</p>
      <ZoneDialog open={asking} onOpenChange={setAsking} />
    </Card>
  )
}
