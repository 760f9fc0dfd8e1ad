import { useTexts } from '../../lib/texts.ts'
import { JsonTree } from '../../ui/json.tsx'
import { None } from '../../ui/page.tsx'

type Plain = Readonly<Record<string, unknown>>

const isPlain = (value: unknown): value is Plain => typeof value === 'object' && value !== null && !Array.isArray(value)
const isTree = (value: unknown): boolean => typeof value === 'object' && value !== null

/** What was there before and after, as far as it differs. */
export function Changes(given: { readonly before: unknown; readonly after: unknown }) {
  const t = useTexts('audit')
  const [before, after] = differing(given.before, given.after)
  if (before === null && after === null) return <p className="text-soft text-xs">{t('noDetails')}</p>
  const rows = rowsOf(before, after)
  if (rows?.length === 0) return <p className="text-soft text-xs">{t('noChange')}</p>
  if (rows === null)
    return (
      <div className="grid gap-3 lg:grid-cols-2">
        <Side title={t('before')} value={before} />
        <Side title={t('after')} value={after} />
      </div>
    )
  return (
    <dl className="grid grid-cols-[minmax(4rem,auto)_1fr] gap-x-4 gap-y-1 font-mono text-[12px]">
      {rows.map(([key, old, now]) => (
        <div key={key} className="contents">
          <dt className="text-faint">{key}</dt>
          <dd className="min-w-0 break-words">
            {old !== undefined && (
              <del className="mr-4 text-danger no-underline">
                <span aria-hidden>− </span>
                <span className="sr-only">{t('before')}: </span>
                {old}
              </del>
            )}
            {now !== undefined && (
              <ins className="text-good no-underline">
                <span aria-hidden>+ </span>
                <span className="sr-only">{t('after')}: </span>
                {now}
              </ins>
            )}
          </dd>
        </div>
      ))}
    </dl>
  )
}

const Side = ({ title, value }: { readonly title: string; readonly value: unknown }) => (
  <section className="min-w-0">
    <h2 className="mb-1 font-medium text-faint text-xs">{title}</h2>
    {value === null ? <None /> : <JsonTree value={value} label={title} />}
  </section>
)

type Row = readonly [key: string, before: string | undefined, after: string | undefined]

/** Null where something in it is no single value. */
function rowsOf(before: unknown, after: unknown): readonly Row[] | null {
  if (!((before === null || isPlain(before)) && (after === null || isPlain(after)))) return null
  const keys = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])]
  if (keys.some((key) => isTree(before?.[key]) || isTree(after?.[key]))) return null
  return keys.map((key): Row => [key, shown(before, key), shown(after, key)])
}

const shown = (of: Plain | null, key: string): string | undefined =>
  of !== null && Object.hasOwn(of, key) ? written(of[key]) : undefined

const written = (value: unknown): string => JSON.stringify(value) ?? 'undefined'

/** Without what both sides have alike. */
function differing(before: unknown, after: unknown): readonly [before: unknown, after: unknown] {
  if (!isPlain(before) || !isPlain(after)) return [before, after]
  const same = (key: string) =>
    Object.hasOwn(before, key) && Object.hasOwn(after, key) && written(before[key]) === written(after[key])
  const rest = (of: Plain) => Object.fromEntries(Object.entries(of).filter(([key]) => !same(key)))
  return [rest(before), rest(after)]
}
