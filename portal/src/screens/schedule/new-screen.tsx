/** A new schedule. `?job=` says what it is to run. */
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { useTexts } from '../../lib/texts.ts'
import { useZone } from '../../lib/time.ts'
import { Page } from '../../ui/page.tsx'
import { emptyDraft } from './draft.ts'
import { Editor } from './editor.tsx'

export default function Screen() {
  const t = useTexts('schedule')
  const navigate = useNavigate()
  const zone = useZone()
  const { job } = useSearch({ strict: false }) as { readonly job?: string }
  const [initial] = useState(() => emptyDraft({ job, timezone: zone }))
  return (
    <Page title={t('newTitle')} lead={t('newLead')} crumbs={<Crumb />}>
      <Editor
        base={null}
        initial={initial}
        onSaved={({ id }) => void navigate({ to: '/schedules/$id', params: { id } })}
      />
    </Page>
  )
}

export function Crumb() {
  const t = useTexts('schedule')
  return (
    <Link to="/schedules" className="rounded hover:text-ink hover:underline">
      {t('nav.schedules')}
    </Link>
  )
}
