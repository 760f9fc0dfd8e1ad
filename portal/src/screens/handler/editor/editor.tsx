import { type FormEvent, useEffect, useMemo, useRef, useState } from 'react'
import { isRotaError } from 'rota/client'
import type { Output } from '../../../data/read.ts'
import { useTexts } from '../../../lib/texts.ts'
import { Button } from '../../../ui/button.tsx'
import { LeaveGuard } from '../../../ui/leave-guard.tsx'
import { ErrorText } from '../../../ui/problem.tsx'
import { ChangedMeanwhile } from './changed.tsx'
import type { Draft } from './draft.ts'
import { type Errors, ErrorsAt, errorsOf, problemErrors } from './errors.ts'
import { EditingAt } from './fields.tsx'
import { Answer, Defaults, Failure, InputSchema } from './more-sections.tsx'
import { type Put, putOf } from './put.ts'
import { About, Request } from './sections.tsx'

export interface EditorProps {
  readonly first: Draft
  readonly isNew: boolean
  /** @param over also where somebody else has changed it meanwhile */
  readonly onSave: (input: Put, over: boolean) => Promise<Output<'handlers.put'>>
  readonly onSaved: (saved: Output<'handlers.put'>) => void
  /** Begins again with what is stored now. */
  readonly onReload?: () => void
  readonly onCancel: () => void
}

/** The form of a definition that makes requests. What was entered stays until it is stored. */
export function Editor({ first, isNew, onSave, onSaved, onReload, onCancel }: EditorProps) {
  const t = useTexts('handler')
  const [draft, setDraft] = useState(first)
  const [busy, setBusy] = useState(false)
  const [errors, setErrors] = useState<Errors>({})
  const [error, setError] = useState<unknown>(null)
  const [tries, setTries] = useState(0)
  const form = useRef<HTMLFormElement>(null)
  const saved = useRef(false)
  const [isSaved, setSaved] = useState(false)
  const isDirty = draft !== first && JSON.stringify(draft) !== JSON.stringify(first)
  const editing = useMemo(
    () => ({ draft, set: (change: Partial<Draft>) => setDraft((before) => ({ ...before, ...change })) }),
    [draft],
  )

  const save = async (over = false) => {
    const { input, problems } = putOf(draft)
    setError(null)
    setErrors(problemErrors(problems, t))
    setTries((before) => before + 1)
    if (Object.keys(problems).length > 0) return
    setBusy(true)
    try {
      const answer = await onSave(input, over)
      saved.current = true // whoever leaves now is not asked
      setSaved(true)
      onSaved(answer)
    } catch (thrown) {
      setErrors(errorsOf(thrown))
      setError(thrown)
      setTries((before) => before + 1)
    } finally {
      setBusy(false)
    }
  }
  // What went wrong is where one looks then.
  useEffect(() => {
    if (tries === 0) return
    const wrong = form.current?.querySelector<HTMLElement>('[aria-invalid="true"], [role="alert"]')
    wrong?.scrollIntoView({ block: 'center' })
    wrong?.focus({ preventScroll: true })
  }, [tries])

  const wrong = Object.keys(errors).length
  const isChanged = isRotaError(error, 'changed_meanwhile')
  return (
    <form
      ref={form}
      aria-label={t(isNew ? 'newTitle' : 'tab.edit')}
      onSubmit={(event: FormEvent) => {
        event.preventDefault()
        void save()
      }}
      className="max-w-4xl space-y-3"
    >
      {isChanged && <ChangedMeanwhile id={draft.id} busy={busy} onOver={() => void save(true)} onReload={onReload} />}
      {error !== null && !isChanged && wrong === 0 && <ErrorText error={error} />}
      <ErrorsAt value={errors}>
        <EditingAt value={editing}>
          <About isNew={isNew} />
          <Request />
          <Answer />
          <Failure />
          <InputSchema />
          <Defaults />
        </EditingAt>
      </ErrorsAt>
      <div className="sticky bottom-0 z-10 -mx-4 flex flex-wrap items-center justify-end gap-2 border-line border-t bg-canvas/95 px-4 py-3 backdrop-blur sm:mx-0 sm:px-0">
        <p className="min-w-0 flex-1 basis-40 text-[13px]" aria-live="polite">
          {wrong > 0 ? (
            <span className="text-danger">{t('wrong', { count: wrong })}</span>
          ) : (
            isDirty && !isSaved && <span className="text-soft">{t('unsaved')}</span>
          )}
        </p>
        <Button onClick={onCancel}>{t('cancel')}</Button>
        <Button kind="primary" type="submit" busy={busy} disabled={isSaved || (!isNew && !isDirty)}>
          {t(isNew ? 'create' : 'save')}
        </Button>
      </div>
      <LeaveGuard isDirty={() => isDirty && !saved.current} />
    </form>
  )
}
