import { useMay } from '../../data/me.ts'
import { useUrlChange, useUrlText } from '../../data/url.ts'
import { useTexts } from '../../lib/texts.ts'
import { Card, Empty, Page } from '../../ui/page.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { Keys } from './keys.tsx'
import { Roles } from './roles.tsx'
import { Users } from './users.tsx'

const tabs = ['users', 'keys', 'roles'] as const
type Tab = (typeof tabs)[number]

export default function Screen() {
  const t = useTexts('access')
  const mayManage = useMay('users.list')
  const [given] = useUrlText('tab', 'users')
  const change = useUrlChange()
  const tab: Tab = tabs.find((one) => one === given) ?? 'users'
  return (
    <Page title={t('title')} lead={t('lead')}>
      {mayManage ? (
        <Tabs
          label={t('title')}
          tabs={tabs.map((id) => ({ id, label: t(`tabs.${id}`) }))}
          value={tab}
          onChange={(next) => change({ tab: next === 'users' ? '' : next, cursor: '' })}
        >
          <div className="pt-4">
            {tab === 'users' && <Users />}
            {tab === 'keys' && <Keys />}
            {tab === 'roles' && <Roles />}
          </div>
        </Tabs>
      ) : (
        <Card>
          <Empty kind="hidden" title={t('notYours.title')}>
            {t('notYours.text')}
          </Empty>
        </Card>
      )}
    </Page>
  )
}
