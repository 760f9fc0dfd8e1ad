import { useRead } from '../../data/read.ts'
import { useTexts } from '../../lib/texts.ts'
import { Card, Loaded } from '../../ui/page.tsx'
import { Badge } from '../../ui/state.tsx'

export function Clusters() {
  const t = useTexts('settings')
  const clusters = useRead('clusters.list', undefined)
  return (
    <Card title={t('clusters')} flush>
      <Loaded of={clusters} rows={1}>
        {({ clusters: all }) => (
          <ul className="divide-y divide-line text-[13px]">
            {all.map(({ name, mode, isDefault }) => (
              <li key={name} className="flex min-h-11 flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2">
                <span className="min-w-0 truncate font-medium">{name}</span>
                <Badge tone={mode === 'active' ? 'good' : 'plain'}>{t(`mode.${mode}`)}</Badge>
                {isDefault && <Badge tone="accent">{t('isDefault')}</Badge>}
                <span className="min-w-0 text-faint text-xs">{t(`modeHelp.${mode}`)}</span>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Card>
  )
}
