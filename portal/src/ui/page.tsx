/** The frame of a screen: its heading, its parts, and what stands there while nothing or nothing yet is to be seen. */
import { Inbox, SearchX } from 'lucide-react'
import { type ReactNode, useEffect } from 'react'
import { cx } from '../lib/cx.ts'
import { Problem } from './problem.tsx'

export interface PageProps {
  readonly title: string
  /** Beside the title: a state, a count. */
  readonly beside?: ReactNode
  /** Below the title, one line. */
  readonly lead?: ReactNode
  readonly actions?: ReactNode
  /** Above the title: where one came from. */
  readonly crumbs?: ReactNode
  readonly children: ReactNode
}

export function Page({ title, beside, lead, actions, crumbs, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Rota`
  }, [title])
  return (
    <div className="mx-auto w-full max-w-[92rem] px-4 pt-5 pb-12 sm:px-6">
      {crumbs !== undefined && <nav className="mb-1 text-faint text-xs">{crumbs}</nav>}
      <div className="mb-4 flex flex-wrap items-start gap-x-4 gap-y-2">
        <div className="min-w-0 flex-1 basis-60">
          <div className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1">
            <h1 className="min-w-0 break-words font-semibold text-xl tracking-tight">{title}</h1>
            {beside}
          </div>
          {lead !== undefined && <p className="mt-0.5 max-w-3xl break-words text-[13px] text-soft">{lead}</p>}
        </div>
        {actions !== undefined && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </div>
      {children}
    </div>
  )
}

export interface CardProps {
  readonly title?: ReactNode
  readonly actions?: ReactNode
  readonly className?: string
  /** Without the space around what is in it: for tables. */
  readonly flush?: boolean
  readonly children: ReactNode
}

export function Card({ title, actions, className, flush = false, children }: CardProps) {
  return (
    <section className={cx('card min-w-0', className)}>
      {(title !== undefined || actions !== undefined) && (
        <div className="flex min-h-11 flex-wrap items-center gap-2 border-line border-b px-4 py-2">
          <h2 className="min-w-0 flex-1 font-semibold text-[13px]">{title}</h2>
          {actions}
        </div>
      )}
      <div className={flush ? 'min-w-0' : 'px-4 py-3.5'}>{children}</div>
    </section>
  )
}

/** Where there is nothing: `nothing` because nothing was made yet, `hidden` because the filter hides everything. */
export function Empty({
  kind,
  title,
  children,
}: {
  readonly kind: 'nothing' | 'hidden'
  readonly title: string
  readonly children?: ReactNode
}) {
  const Icon = kind === 'nothing' ? Inbox : SearchX
  return (
    <div className="mx-auto flex max-w-lg flex-col items-center px-4 py-12 text-center" data-empty={kind}>
      <Icon className="mb-3 size-8 text-faint" strokeWidth={1.5} aria-hidden />
      <p className="max-w-full break-words font-medium">{title}</p>
      {children !== undefined && <div className="mt-1.5 text-[13px] text-soft">{children}</div>}
    </div>
  )
}

/** In the place of a value that is not there. @param title why, when it is pointed at */
export const None = ({ title }: { readonly title?: string }) => (
  <span className="text-faint" title={title}>
    –
  </span>
)

/** Grey bars in the place of what is being read; it takes the room that this will have, so that nothing jumps. */
export function Loading({ rows = 6 }: { readonly rows?: number }) {
  return (
    <div role="status" aria-label="…" className="space-y-2.5 p-4">
      {Array.from({ length: rows }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: bars are all alike
        <div key={i} className="breathing h-5 rounded bg-hover" style={{ width: `${92 - ((i * 17) % 40)}%` }} />
      ))}
    </div>
  )
}

/** What a reading has come to: bars, the problem, or the children with what was read. */
export function Loaded<T>({
  of: { data, error },
  rows,
  children,
}: {
  readonly of: { readonly data: T | undefined; readonly error: Error | null }
  readonly rows?: number
  readonly children: (data: T) => ReactNode
}) {
  if (data !== undefined) return children(data)
  return error === null ? <Loading rows={rows} /> : <Problem error={error} />
}

/** Names and values below each other. */
export function Facts({ children, className }: { readonly children: ReactNode; readonly className?: string }) {
  return (
    <dl className={cx('grid grid-cols-[minmax(6rem,auto)_1fr] gap-x-4 gap-y-1.5 text-[13px]', className)}>
      {children}
    </dl>
  )
}

export function Fact({ name, children }: { readonly name: ReactNode; readonly children: ReactNode }) {
  return (
    <>
      <dt className="text-faint">{name}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </>
  )
}
