/** The input of a job, entered by fields or as JSON. */
import { useCallback, useEffect, useId, useMemo, useRef, useState } from 'react'
import { useTexts } from '../lib/texts.ts'
import { TextArea } from './form.tsx'
import { check, type Problem } from './payload/check.ts'
import { Fields } from './payload/groups.tsx'
import { AroundParts } from './payload/parts.tsx'
import { type GroupShape, shapeOf } from './payload/shape.ts'
import { fill, fits, isReadable, isRecord, textOf } from './payload/values.ts'
import { Segments } from './segments.tsx'

export interface PayloadFormProps {
  readonly label: string
  /** JSON Schema of the input; null where none is known. */
  readonly schema: unknown
  /** Where it begins. */
  readonly initial: unknown
  /** What was entered; `undefined` for nothing at all. Called only with what can be read; `onProblem` tells of the rest. */
  readonly onChange: (value: unknown) => void
  readonly onProblem: (problem: string | null) => void
}

interface Entered {
  readonly value: unknown
  /** As it was typed; null where the value was made by fields. */
  readonly text: string | null
  /** Why the text cannot be read. */
  readonly unread: string | null
}

/** The input of a job: fields where its schema is known, and JSON in any case. */
export function PayloadForm({ label, schema, initial, onChange, onProblem }: PayloadFormProps) {
  const t = useTexts('payload')
  const shape = useMemo(() => shapeOf(schema), [schema])
  const [entered, setEntered] = useState<Entered>({ value: initial, text: null, unread: null })
  const [wanted, setWanted] = useState<'form' | 'json'>('form')
  const { value, text, unread } = entered
  const formable = shape !== null && unread === null && (value === undefined || value === null || fits(shape, value))
  const fields = wanted === 'form' && formable ? shape : null
  const say = useSaid(onChange, onProblem, t)

  const enterFields = useCallback(
    (of: GroupShape, next: unknown) => {
      setEntered({ value: next, text: null, unread: null })
      say(next, firstOf(of, next))
    },
    [say],
  )
  const enterText = (next: string) => {
    const read = parse(next)
    setWanted('json') // it does not become a form while somebody types
    setEntered({
      ...('value' in read ? { value: read.value, unread: null } : { value, unread: read.unread }),
      text: next,
    })
    if ('value' in read) say(read.value, null)
    else say.problem(['', { key: 'noJsonBecause', values: { why: read.unread } }])
  }
  // What is certain, such as a constant, stands there from the beginning; what somebody clears later stays empty.
  const filledFor = useRef<GroupShape | null>(null)
  useEffect(() => {
    if (fields === null || filledFor.current === fields) return
    filledFor.current = fields
    const before = isRecord(value) ? value : {}
    const filled = fill(fields, before)
    if (filled !== value) enterFields(fields, filled)
    else say.problem(firstOf(fields, filled))
  }, [fields, value, enterFields, say])
  const showJson = () => {
    filledFor.current = null
    if (isReadable(value)) {
      setWanted('json')
      say.problem(null)
    } else enterText(textOf(value))
  }

  const isForm = fields !== null && isRecord(value)
  const switchOf = (now: 'form' | 'json', other: () => void) => (
    <Segments
      label={t('how', { label })}
      value={now}
      onChange={other}
      disabled={!formable}
      options={[
        ['form', t('form')],
        ['json', 'JSON'],
      ]}
    />
  )
  return (
    <div className="min-w-0">
      {isForm ? (
        <FormMode
          {...{ label, shape: fields, value }}
          switcher={switchOf('form', showJson)}
          onChange={(next) => enterFields(fields, next)}
        />
      ) : (
        <JsonMode
          {...{ label, unread }}
          text={text ?? textOf(value)}
          hints={shape !== null && unread === null && value !== undefined ? [...check(shape, value)] : []}
          note={noteOf(schema, shape, formable, t)}
          switcher={shape !== null && switchOf('json', () => setWanted('form'))}
          onChange={enterText}
        />
      )}
    </div>
  )
}

/** Why there is no form. */
function noteOf(schema: unknown, shape: GroupShape | null, formable: boolean, t: Texts): string | null {
  if (shape !== null) return formable ? null : t('formNot')
  return t(schema === null || schema === undefined ? 'noSchema' : 'noForm')
}

function parse(text: string): { readonly value: unknown } | { readonly unread: string } {
  if (text.trim() === '') return { value: undefined }
  try {
    return { value: JSON.parse(text) }
  } catch (error) {
    return { unread: (error as Error).message }
  }
}

/** A problem, and where. */
type First = readonly [place: string, problem: Problem]

const firstOf = (shape: GroupShape, value: unknown): First | null => [...check(shape, value)][0] ?? null

type Texts = (key: string, values?: Record<string, unknown>) => string

/** What is told to whoever shows this form, by functions that may be others at each render. */
function useSaid(onChange: (value: unknown) => void, onProblem: (problem: string | null) => void, t: Texts) {
  const latest = useRef({ onChange, onProblem, t })
  useEffect(() => {
    latest.current = { onChange, onProblem, t }
  })
  return useMemo(() => {
    const problem = (first: First | null) =>
      latest.current.onProblem(first === null ? null : sentence(first, latest.current.t))
    const say = (value: unknown, first: First | null) => {
      if (isReadable(value)) latest.current.onChange(value)
      problem(first)
    }
    return Object.assign(say, { problem })
  }, [])
}

function sentence([path, { key, values }]: First, t: Texts): string {
  const place = path.slice(1)
  return place === '' ? t(key, values) : `${place}: ${t(key, values)}`
}

interface ModeProps {
  readonly label: string
  readonly switcher: React.ReactNode
}

function FormMode({
  label,
  switcher,
  shape,
  value,
  onChange,
}: ModeProps & {
  readonly shape: GroupShape
  readonly value: Readonly<Record<string, unknown>>
  readonly onChange: (value: unknown) => void
}) {
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set())
  const around = useMemo(
    () => ({
      problems: check(shape, value),
      touched,
      touch: (path: string) => setTouched((before) => (before.has(path) ? before : new Set([...before, path]))),
    }),
    [shape, value, touched],
  )
  return (
    <fieldset aria-label={label} className="min-w-0">
      <div className="mb-2 flex min-h-7 items-center justify-between gap-3">
        <span className="font-medium text-[13px]">{label}</span>
        {switcher}
      </div>
      <AroundParts value={around}>
        <div className="rounded-lg border border-line p-3">
          <Fields shape={shape} value={value} path="" onChange={onChange} />
        </div>
      </AroundParts>
    </fieldset>
  )
}

interface JsonModeProps extends ModeProps {
  readonly text: string
  readonly unread: string | null
  /** In what it does not fit the schema, as far as that is known here. */
  readonly hints: readonly (readonly [string, Problem])[]
  readonly note: string | null
  readonly onChange: (text: string) => void
}

function JsonMode({ label, switcher, text, unread, hints, note, onChange }: JsonModeProps) {
  const t = useTexts('payload')
  const id = useId()
  return (
    <div>
      <div className="mb-2 flex min-h-7 items-center justify-between gap-3">
        <label htmlFor={id} className="font-medium text-[13px]">
          {label}
        </label>
        {switcher}
      </div>
      <TextArea
        id={id}
        value={text}
        rows={Math.min(18, Math.max(5, text.split('\n', 19).length))}
        onChange={onChange}
        placeholder="{ }"
        aria-describedby={`${id}-told`}
        aria-invalid={unread !== null || undefined}
      />
      <div id={`${id}-told`} className="mt-1 space-y-0.5 break-words text-xs">
        {unread !== null && <p className="text-danger">{t('noJsonBecause', { why: unread })}</p>}
        {hints.slice(0, 5).map((hint) => (
          <p key={hint[0]} className="text-warn">
            {sentence(hint, t)}
          </p>
        ))}
        {note !== null && <p className="text-faint">{note}</p>}
      </div>
    </div>
  )
}
