/** Fields for single values, and JSON for what has no field. */
import { useState } from 'react'
import { useTexts } from '../../lib/texts.ts'
import { useZone } from '../../lib/time.ts'
import { fromWall, toWall } from '../../lib/wall.ts'
import { Field, TextArea, TextInput } from '../form.tsx'
import { isInstant } from './check.ts'
import { PartName, type PartProps, useDraft, usePart } from './parts.tsx'
import type { NumberShape, Shape, TextShape } from './shape.ts'
import { textOf, Unreadable } from './values.ts'

const types = { plain: 'text', long: 'text', instant: 'text', date: 'date', email: 'email', url: 'url' } as const
const longText = 80

export function TextPart(props: PartProps<TextShape>) {
  const { shape, value, required, onChange } = props
  const help = useHelp(shape)
  const { error, onBlur } = usePart(props)
  const text = typeof value === 'string' ? value : ''
  const [long] = useState(() => shape.format === 'long' || text.length > longText || text.includes('\n')) // it does not change while somebody types
  const enter = (next: string) => onChange(next === '' ? undefined : next)
  return (
    <Field label={<PartName {...props} />} help={help} error={error}>
      {(ids) =>
        long ? (
          <TextArea {...ids} rows={4} value={text} onChange={enter} onBlur={onBlur} aria-required={required} />
        ) : (
          <TextInput
            {...ids}
            type={types[shape.format]}
            value={text}
            onChange={enter}
            onBlur={onBlur}
            aria-required={required}
          />
        )
      }
    </Field>
  )
}

export function InstantPart(props: PartProps<TextShape>) {
  const { shape, value, required, onChange } = props
  const t = useTexts('payload')
  const zone = useZone()
  const help = useHelp(shape)
  const { error, onBlur } = usePart(props)
  const text = typeof value === 'string' ? value : ''
  const readable = text === '' || (isInstant(text) && /^\d{4}/.test(text))
  const label = <PartName {...props} />
  if (!readable)
    return (
      <Field label={label} help={help} error={error}>
        {(ids) => (
          <TextInput
            {...ids}
            mono
            value={text}
            onChange={(next) => onChange(next === '' ? undefined : next)}
            onBlur={onBlur}
          />
        )}
      </Field>
    )
  return (
    <Field label={label} help={[t('inZone', { zone }), help].filter(Boolean).join(' ')} error={error}>
      {(ids) => (
        <TextInput
          {...ids}
          type="datetime-local"
          step={1}
          value={text === '' ? '' : toWall(text, zone)}
          onChange={(next) => onChange(fromWall(next, zone) ?? undefined)}
          onBlur={onBlur}
          aria-required={required}
        />
      )}
    </Field>
  )
}

const numberPattern = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/

export function parseNumber(text: string): unknown {
  const trimmed = text.trim()
  if (trimmed === '') return undefined
  const value = Number(trimmed)
  return numberPattern.test(trimmed) && Number.isFinite(value) ? value : new Unreadable(text)
}

const plain = (value: unknown): string =>
  value instanceof Unreadable ? value.text : value === undefined ? '' : String(value)

export function NumberPart(props: PartProps<NumberShape>) {
  const { shape, value, required, onChange } = props
  const help = useHelp(shape)
  const { error, onBlur } = usePart(props)
  const [text, enter] = useDraft(value, plain, parseNumber, onChange)
  return (
    <Field label={<PartName {...props} />} help={help} error={error}>
      {(ids) => (
        <TextInput
          {...ids}
          inputMode={shape.integer ? 'numeric' : 'decimal'}
          value={text}
          onChange={enter}
          onBlur={onBlur}
          aria-required={required}
          className="tabular max-w-60"
        />
      )}
    </Field>
  )
}

function parseJson(text: string): unknown {
  if (text.trim() === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return new Unreadable(text)
  }
}

const written = (value: unknown): string => (value instanceof Unreadable ? value.text : textOf(value))

export function JsonPart(props: PartProps) {
  const { shape, value, required, onChange } = props
  const t = useTexts('payload')
  const help = useHelp(shape)
  const { error, onBlur } = usePart(props)
  const [text, enter] = useDraft(value, written, parseJson, onChange)
  return (
    <Field label={<PartName {...props} />} help={[t('asJson'), help].filter(Boolean).join(' ')} error={error}>
      {(ids) => (
        <TextArea
          {...ids}
          rows={Math.min(12, Math.max(2, text.split('\n', 13).length))}
          value={text}
          onChange={enter}
          onBlur={onBlur}
          aria-required={required}
        />
      )}
    </Field>
  )
}

/** What the schema says of it, and its limits, in one line. */
export function useHelp(shape: Shape): string {
  const t = useTexts('payload')
  const said = [shape.help]
  if (shape.kind === 'text') {
    if (shape.most !== null) said.push(t('atMost', { count: shape.most }))
    if (shape.pattern !== null) said.push(t('pattern', { pattern: shape.pattern }))
  }
  if (shape.kind === 'number') said.push(rangeOf(shape, t))
  if (shape.usual !== undefined) said.push(t('usual', { value: textOf(shape.usual).slice(0, 100) }))
  return said.filter(Boolean).join(' ')
}

function rangeOf(
  { min, max, above, below }: NumberShape,
  t: (key: string, values?: Record<string, unknown>) => string,
): string | null {
  const shown = (limit: number | null) => limit !== null && Math.abs(limit) < Number.MAX_SAFE_INTEGER
  const [low, high] = [shown(min), shown(max)]
  if (low && high) return t('between', { min, max })
  if (low) return t('atLeast', { min })
  if (high) return t('upTo', { max })
  if (shown(above)) return t('above', { limit: above })
  return shown(below) ? t('below', { limit: below }) : null
}
