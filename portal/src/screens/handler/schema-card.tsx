import { useMemo } from 'react'
import { useTexts } from '../../lib/texts.ts'
import { JsonTree } from '../../ui/json.tsx'
import { Card } from '../../ui/page.tsx'
import { type GroupShape, type Shape, shapeOf } from '../../ui/payload/shape.ts'
import type { Handler } from '../handlers/kind.ts'

interface Line {
  readonly path: string
  readonly depth: number
  readonly required: boolean
  readonly shape: Shape
}

const mostLines = 100

/** What its jobs take: a table where that can be read, and the schema as it is in any case. */
export function SchemaCard({ handler: { input } }: { readonly handler: Handler }) {
  const t = useTexts('handler')
  const lines = useMemo(() => {
    const shape = shapeOf(input)
    return shape === null ? null : linesOf(shape)
  }, [input])
  if (input === null || input === undefined)
    return (
      <Card title={t('schema.title')}>
        <p className="text-[13px] text-soft">{t('schema.none')}</p>
      </Card>
    )
  return (
    <Card title={t('schema.title')} flush>
      {lines !== null && lines.length > 0 && <SchemaTable lines={lines} />}
      {lines === null && <p className="px-4 pt-3.5 text-[13px] text-soft">{t('schema.unreadable')}</p>}
      <details className="px-4 py-3" open={lines === null}>
        <summary className="rounded font-medium text-[13px] text-soft">{t('schema.raw')}</summary>
        <div className="mt-2">
          <JsonTree value={input} label={t('schema.raw')} />
        </div>
      </details>
    </Card>
  )
}

function SchemaTable({ lines }: { readonly lines: readonly Line[] }) {
  const t = useTexts('handler')
  return (
    <section tabIndex={0} aria-label={t('schema.title')} className="overflow-x-auto outline-offset-[-2px]">
      <table className="w-full text-left text-[13px]">
        <thead>
          <tr className="border-line border-b text-faint text-xs">
            <th scope="col" className="py-2 pr-3 pl-4 font-medium">
              {t('schema.field')}
            </th>
            <th scope="col" className="px-3 py-2 font-medium">
              {t('schema.type')}
            </th>
            <th scope="col" className="py-2 pr-4 pl-3 font-medium">
              {t('schema.meaning')}
            </th>
          </tr>
        </thead>
        <tbody>
          {lines.slice(0, mostLines).map(({ path, depth, required, shape }) => (
            <tr key={path} className="border-line border-b align-top">
              <td className="py-2 pr-3 pl-4" style={{ paddingLeft: `${1 + depth * 1.1}rem` }}>
                <code className="break-all font-mono text-[12px]">{path.split('/').at(-1)}</code>
              </td>
              <td className="whitespace-nowrap px-3 py-2 text-soft">
                {typeOf(shape, t)}{' '}
                <span className="text-faint text-xs">{t(required ? 'schema.required' : 'schema.optional')}</span>
              </td>
              <td className="min-w-40 break-words py-2 pr-4 pl-3 text-soft">{meaningOf(shape, t)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {lines.length > mostLines && (
        <p className="px-4 py-2 text-faint text-xs">{t('schema.more', { count: lines.length - mostLines })}</p>
      )}
    </section>
  )
}

function linesOf(shape: GroupShape, above = '', depth = 0): Line[] {
  return shape.fields.flatMap(({ name, required, shape: own }) => {
    const path = `${above}/${name}`
    const inner = own.kind === 'list' && own.item.kind === 'group' ? own.item : own
    return [{ path, depth, required, shape: own }, ...(inner.kind === 'group' ? linesOf(inner, path, depth + 1) : [])]
  })
}

type Texts = (key: string, values?: Record<string, unknown>) => string

function typeOf(shape: Shape, t: Texts): string {
  if (shape.kind === 'list') return t('schema.listOf', { item: typeOf(shape.item, t) })
  if (shape.kind === 'number' && shape.integer) return t('schema.integer')
  if (shape.kind === 'text' && shape.format === 'instant') return t('schema.instant')
  return t(`schema.kind.${shape.kind}`)
}

function meaningOf(shape: Shape, t: Texts): string {
  const said = [shape.title, shape.help]
  if (shape.kind === 'enum')
    said.push(
      shape.values
        .slice(0, 12)
        .map((one) => JSON.stringify(one))
        .join(' · ')
        .slice(0, 300),
    )
  if (shape.kind === 'number') {
    if (shape.min !== null && Math.abs(shape.min) < Number.MAX_SAFE_INTEGER) said.push(`≥ ${shape.min}`)
    if (shape.above !== null) said.push(`> ${shape.above}`)
    if (shape.max !== null && Math.abs(shape.max) < Number.MAX_SAFE_INTEGER) said.push(`≤ ${shape.max}`)
    if (shape.below !== null) said.push(`< ${shape.below}`)
  }
  if (shape.usual !== undefined) said.push(t('schema.usual', { value: JSON.stringify(shape.usual).slice(0, 100) }))
  return said.filter(Boolean).join(' · ')
}
