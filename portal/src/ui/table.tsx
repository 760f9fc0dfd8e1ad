/**
 * Tables: rows by TanStack Table, only those in sight drawn by TanStack Virtual. A row that leads somewhere has a link in its first cell; a click
 * anywhere on it follows that. Arrow keys are left to the browser: every row can be reached by Tab.
 */
import { createColumnHelper, type RowData, tableFeatures, useTable } from '@tanstack/react-table'
import { useVirtualizer } from '@tanstack/react-virtual'
import { type ReactNode, useEffect, useMemo, useRef, useSyncExternalStore } from 'react'
import { cx } from '../lib/cx.ts'
import { useTexts } from '../lib/texts.ts'

export interface Column<Row> {
  readonly id: string
  readonly head: ReactNode
  readonly cell: (row: Row) => ReactNode
  /** A track of a CSS grid: `minmax(10rem,2fr)`. */
  readonly width: string
  readonly right?: boolean
  /** Left out where the screen is narrower than this. @default shown always */
  readonly from?: 'sm' | 'md' | 'lg' | 'xl'
}

export interface TableProps<Row> {
  /** Read out. */
  readonly label: string
  /** Kept between renders: at the top of the module, or by `useMemo`. */
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly idOf: (row: Row) => string
  /** What a click on a row does that hits no link or button. */
  readonly onOpen?: (row: Row) => void
  readonly selected?: ReadonlySet<string>
  readonly onSelect?: (selected: ReadonlySet<string>) => void
  /** The end is in sight: give more, if there is more. */
  readonly onEnd?: () => void
  /** Which rows are in sight now, by their positions. */
  readonly onSeen?: (first: number, last: number) => void
  /** Pixels. @default 44 */
  readonly rowHeight?: number
  /** Below the last row. */
  readonly foot?: ReactNode
}

const features = tableFeatures({})
const screens = { sm: 640, md: 768, lg: 1024, xl: 1280 } as const
const queries = Object.values(screens).map((width) => matchMedia(`(min-width: ${width}px)`))

function watchWidth(changed: () => void): () => void {
  for (const query of queries) query.addEventListener('change', changed)
  return () => {
    for (const query of queries) query.removeEventListener('change', changed)
  }
}

/** How many of the widths the screen has reached. */
const widthsReached = (): number => queries.filter(({ matches }) => matches).length

export function Table<Row extends RowData>(props: TableProps<Row>) {
  const {
    label,
    columns: allColumns,
    rows,
    idOf,
    onOpen,
    selected,
    onSelect,
    onEnd,
    onSeen,
    rowHeight = 44,
    foot,
  } = props
  const t = useTexts('common')
  const scroller = useRef<HTMLDivElement>(null)
  const reached = useSyncExternalStore(watchWidth, widthsReached)
  const columns = useMemo(() => {
    const shown = Object.keys(screens).slice(0, reached)
    return allColumns.filter(({ from }) => from === undefined || shown.includes(from))
  }, [allColumns, reached])
  const defined = useMemo(() => {
    const helper = createColumnHelper<typeof features, Row>()
    return columns.map((column) => helper.display({ id: column.id, cell: ({ row }) => column.cell(row.original) }))
  }, [columns])
  const table = useTable({ features, columns: defined, data: rows as Row[], getRowId: idOf })
  const all = table.getRowModel().rows
  const virtual = useVirtualizer({
    count: all.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
  })
  const items = virtual.getVirtualItems()
  const last = items.at(-1)?.index ?? -1
  useEffect(() => {
    if (onEnd !== undefined && all.length > 0 && last >= all.length - 5) onEnd()
  }, [last, all.length, onEnd])
  const { startIndex = 0, endIndex = 0 } = virtual.range ?? {}
  useEffect(() => onSeen?.(startIndex, endIndex), [startIndex, endIndex, onSeen])
  const selects = selected !== undefined && onSelect !== undefined
  const byId = useMemo(() => new Map(columns.map((column) => [column.id, column])), [columns])
  const ids = useMemo(() => rows.map(idOf), [rows, idOf])
  const chosen = selects ? ids.filter((id) => selected.has(id)).length : 0
  const toggle = (id: string) => {
    const next = new Set(selected)
    if (!next.delete(id)) next.add(id)
    onSelect?.(next)
  }
  return (
    <div ref={scroller} className="max-h-[calc(100vh-15rem)] min-h-40 overflow-auto" data-table>
      <div role="table" aria-label={label} aria-rowcount={all.length + 1} className="min-w-full text-[13px]">
        <div role="rowgroup" className="sticky top-0 z-10 border-line border-b bg-surface">
          <div role="row" className="grid items-center gap-x-3 px-4" style={gridOf(columns, selects)}>
            {selects && (
              <span role="columnheader" className="flex">
                <input
                  type="checkbox"
                  aria-label={t('table.selectAll')}
                  className="size-4 accent-[var(--accent)]"
                  checked={chosen > 0 && chosen === ids.length}
                  ref={(box) => {
                    if (box) box.indeterminate = chosen > 0 && chosen < ids.length
                  }}
                  onChange={() => onSelect(new Set(chosen === ids.length ? [] : ids))}
                />
              </span>
            )}
            {columns.map((column) => (
              <span
                key={column.id}
                role="columnheader"
                className={cx('truncate py-2 font-medium text-faint text-xs', column.right && 'text-right')}
              >
                {column.head}
              </span>
            ))}
          </div>
        </div>
        <div role="rowgroup" className="relative" style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const row = all[item.index]
            if (row === undefined) return null
            const isChosen = selected?.has(row.id) ?? false
            return (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the link in the row does the same by the keyboard
              <div
                key={row.id}
                role="row"
                tabIndex={-1}
                aria-rowindex={item.index + 2}
                aria-selected={selects ? isChosen : undefined}
                data-row={row.id}
                onClick={(event) => {
                  if (onOpen && !(event.target as Element).closest('a,button,input,label,summary')) onOpen(row.original)
                }}
                className={cx(
                  'absolute inset-x-0 grid items-center gap-x-3 border-line border-b px-4',
                  isChosen ? 'bg-accent-soft/50' : 'hover:bg-hover/70',
                  onOpen && 'cursor-pointer',
                )}
                style={{ ...gridOf(columns, selects), height: rowHeight, transform: `translateY(${item.start}px)` }}
              >
                {selects && (
                  <span role="cell" className="flex">
                    <input
                      type="checkbox"
                      aria-label={t('table.select', { id: row.id })}
                      className="size-4 accent-[var(--accent)]"
                      checked={isChosen}
                      onChange={() => toggle(row.id)}
                    />
                  </span>
                )}
                {row.getAllCells().map((cell) => {
                  const column = byId.get(cell.column.id)
                  return (
                    <span key={cell.id} role="cell" className={cx('min-w-0 truncate', column?.right && 'text-right')}>
                      <table.FlexRender cell={cell} />
                    </span>
                  )
                })}
              </div>
            )
          })}
        </div>
      </div>
      {foot}
    </div>
  )
}

/** The tracks of the grid. */
const gridOf = <Row,>(columns: readonly Column<Row>[], selects: boolean): React.CSSProperties => ({
  gridTemplateColumns: [...(selects ? ['1rem'] : []), ...columns.map(({ width }) => width)].join(' '),
})
