import { Link } from '@tanstack/react-router'

const look = 'min-w-0 truncate rounded font-medium text-ink underline-offset-2 hover:text-accent-ink hover:underline'

/** Ids are UUIDs in the order of time: what tells two neighbours apart stands at the end. */
export const shortId = (id: string): string => (id.length > 20 ? `${id.slice(0, 8)}…${id.slice(-6)}` : id)

export const JobLink = ({ id, children }: { readonly id: string; readonly children?: React.ReactNode }) => (
  <Link to="/jobs/$id" params={{ id }} className={look}>
    {children ?? <code className="font-mono text-[12px]">{shortId(id)}</code>}
  </Link>
)

export const ScheduleLink = ({ id }: { readonly id: string }) => (
  <Link to="/schedules/$id" params={{ id }} className={look}>
    {id}
  </Link>
)

export const FlowLink = ({ id, children }: { readonly id: string; readonly children?: React.ReactNode }) => (
  <Link to="/flows/$id" params={{ id }} className={look}>
    {children ?? shortId(id)}
  </Link>
)

export const HandlerLink = ({ id }: { readonly id: string }) => (
  <Link to="/handlers/$id" params={{ id }} className={look}>
    {id}
  </Link>
)
