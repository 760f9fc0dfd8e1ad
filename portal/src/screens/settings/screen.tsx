import { useRead } from '../../data/read.ts'
import { useTexts } from '../../lib/texts.ts'
import { Card, Loaded, Page } from '../../ui/page.tsx'
import { Browser } from './browser.tsx'
import { Checks } from './checks.tsx'
import { Clusters } from './clusters.tsx'
import { Demo } from './demo.tsx'
import { Links } from './links.tsx'
import { Defaults, Retention, Server } from './system.tsx'

export default function Screen() {
  const t = useTexts('settings')
  const system = useRead('system.get', undefined)
  return (
    <Page title={t('title')} lead={t('lead')}>
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <div className="min-w-0 space-y-4">
          <Card title={t('checks')} flush>
            <Loaded of={system} rows={6}>
              {({ checks }) => <Checks checks={checks} />}
            </Loaded>
          </Card>
          <Demo />
          <Browser />
          <Links />
        </div>
        <div className="min-w-0 space-y-4">
          <Card title={t('server')}>
            <Loaded of={system} rows={6}>
              {(found) => <Server system={found} />}
            </Loaded>
          </Card>
          <Card title={t('retention')}>
            <Loaded of={system} rows={5}>
              {(found) => <Retention system={found} />}
            </Loaded>
          </Card>
          <Card title={t('defaults')}>
            <Loaded of={system} rows={6}>
              {(found) => <Defaults system={found} />}
            </Loaded>
          </Card>
          <Clusters />
        </div>
      </div>
    </Page>
  )
}
