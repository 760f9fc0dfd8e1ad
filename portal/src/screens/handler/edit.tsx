import { useMemo } from 'react'
import { perform } from '../../data/read.ts'
import { useTexts } from '../../lib/texts.ts'
import { Loaded } from '../../ui/page.tsx'
import { toast } from '../../ui/toast.ts'
import { draftOf } from './editor/draft.ts'
import { Editor } from './editor/editor.tsx'
import type { Put } from './editor/put.ts'
import { type Snapshot, takeSnapshot, useSnapshot } from './snapshot.ts'

/** The tab in which a stored definition is changed. */
export function Edit({ id, onDone }: { readonly id: string; readonly onDone: () => void }) {
  const snapshot = useSnapshot(id)
  return (
    <Loaded of={snapshot}>
      {(data) => <EditOf key={data.handler.version} snapshot={data} onReload={snapshot.again} onDone={onDone} />}
    </Loaded>
  )
}

interface Props {
  readonly snapshot: Snapshot
  readonly onReload: () => void
  readonly onDone: () => void
}

function EditOf({ snapshot: { handler, definition, etag }, onReload, onDone }: Props) {
  const t = useTexts('handler')
  const first = useMemo(() => draftOf(handler, definition), [handler, definition])
  const save = async (input: Put, over: boolean) => {
    const ifMatch = over ? (await takeSnapshot(handler.id)).etag : etag
    return perform('handlers.put', input, { ifMatch })
  }
  return (
    <Editor
      first={first}
      isNew={false}
      onSave={save}
      onSaved={({ status, version }) => {
        toast.good(t(status === 'unchanged' ? 'unchanged' : 'saved', { version }))
        onDone()
      }}
      onReload={onReload}
      onCancel={onDone}
    />
  )
}
