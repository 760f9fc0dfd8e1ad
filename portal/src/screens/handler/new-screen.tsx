import { Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { isRotaError, RotaError } from 'rota/client'
import { cluster, rota } from '../../data/client.ts'
import { type Output, perform } from '../../data/read.ts'
import { useTexts } from '../../lib/texts.ts'
import { Page } from '../../ui/page.tsx'
import { toast } from '../../ui/toast.ts'
import { emptyDraft } from './editor/draft.ts'
import { Editor } from './editor/editor.tsx'
import type { Put } from './editor/put.ts'
import { KeyDialog } from './key-dialog.tsx'

/** A definition that makes requests, from nothing. */
export default function Screen() {
  const t = useTexts('handler')
  const navigate = useNavigate()
  const [first] = useState(emptyDraft)
  const [saved, setSaved] = useState<Output<'handlers.put'> | null>(null)
  const save = async (input: Put) => {
    if (await isTaken(input.id)) throw new RotaError('handler_conflict', t('bad.taken'), { field: 'id' })
    return perform('handlers.put', input)
  }
  const open = (id: string) => void navigate({ to: '/handlers/$id', params: { id } })
  return (
    <Page title={t('newTitle')} lead={t('newLead')} crumbs={<Link to="/handlers">{t('handlers')}</Link>}>
      <Editor
        first={first}
        isNew
        onSave={save}
        onSaved={(answer) => {
          if (answer.signingKey !== null) return setSaved(answer)
          toast.good(t('createdUnsigned', { id: answer.id }))
          open(answer.id)
        }}
        onCancel={() => void navigate({ to: '/handlers' })}
      />
      <KeyDialog id={saved?.id ?? ''} signingKey={saved?.signingKey ?? null} onClose={() => saved && open(saved.id)} />
    </Page>
  )
}

/** A new one must not take the place of another by mistake. */
async function isTaken(id: string): Promise<boolean> {
  try {
    await rota.handlers.get({ id }, { context: { cluster } })
    return true
  } catch (error) {
    if (isRotaError(error, 'job_unknown') || isRotaError(error, 'request_invalid')) return false
    throw error
  }
}
