/** Any part of the form, by its shape. */
import { createContext, type ReactNode, useContext, useState } from 'react'
import { useTexts } from '../../lib/texts.ts'
import type { Problem, Problems } from './check.ts'
import { ChoicePart, EnumPart, FlagPart } from './choices.tsx'
import { GroupPart, ListPart } from './groups.tsx'
import { InstantPart, JsonPart, NumberPart, TextPart } from './inputs.tsx'
import type { Shape } from './shape.ts'
import { fits } from './values.ts'

export interface PartProps<S extends Shape = Shape> {
  readonly shape: S
  readonly name: string
  /** As `check` names it. */
  readonly path: string
  /** `undefined` where it is left out. */
  readonly value: unknown
  readonly required: boolean
  /** An item of a list is always there: nothing marks it. */
  readonly isItem?: boolean
  readonly onChange: (value: unknown) => void
}

interface Around {
  readonly problems: Problems
  /** Places that somebody has been at: what is only missing elsewhere is not called a mistake yet. */
  readonly touched: ReadonlySet<string>
  readonly touch: (path: string) => void
}

export const AroundParts = createContext<Around>({ problems: new Map(), touched: new Set(), touch: () => {} })

export function Part(props: PartProps) {
  const { shape, value } = props
  if (value !== undefined && !fits(shape, value)) return <JsonPart {...props} />
  switch (shape.kind) {
    case 'text':
      return shape.format === 'instant' ? (
        <InstantPart {...props} shape={shape} />
      ) : (
        <TextPart {...props} shape={shape} />
      )
    case 'number':
      return <NumberPart {...props} shape={shape} />
    case 'flag':
      return <FlagPart {...props} shape={shape} />
    case 'enum':
      return <EnumPart {...props} shape={shape} />
    case 'list':
      return <ListPart {...props} shape={shape} />
    case 'group':
      return <GroupPart {...props} shape={shape} />
    case 'choice':
      return <ChoicePart {...props} shape={shape} />
    case 'json':
      return <JsonPart {...props} />
  }
}

/** What to say of a part: its problem, as soon as it is one, and that somebody has been there. */
export function usePart({ path, value }: Pick<PartProps, 'path' | 'value'>): {
  readonly error: string | null
  readonly onBlur: () => void
} {
  const t = useTexts('payload')
  const { problems, touched, touch } = useContext(AroundParts)
  const problem: Problem | undefined = problems.get(path)
  const waits = problem?.key === 'missing' && value === undefined && !touched.has(path)
  return { error: problem === undefined || waits ? null : t(problem.key, problem.values), onBlur: () => touch(path) }
}

/** A text beside the value that it means: it stays as it was typed, until the value becomes another one. */
export function useDraft(
  value: unknown,
  format: (value: unknown) => string,
  parse: (text: string) => unknown,
  onChange: (value: unknown) => void,
) {
  const [draft, setDraft] = useState({ text: format(value), value })
  const enter = (text: string) => {
    const next = parse(text)
    setDraft({ text, value: next })
    onChange(next)
  }
  return [draft.value === value ? draft.text : format(value), enter] as const
}

/** The name of a field, and whether it has to be there. */
export function PartName({
  name,
  shape,
  required,
  isItem = false,
}: Pick<PartProps, 'name' | 'shape' | 'required' | 'isItem'>): ReactNode {
  return (
    <>
      <span className="break-words">{isItem ? name : (shape.title ?? name)}</span>
      {required && !isItem && (
        <span className="ml-0.5 text-danger" aria-hidden>
          *
        </span>
      )}
    </>
  )
}
