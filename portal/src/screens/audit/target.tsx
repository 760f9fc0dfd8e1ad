import { Link } from '@tanstack/react-router'
import { HandlerLink, JobLink, ScheduleLink, shortId } from '../../ui/link.tsx'
import { None } from '../../ui/page.tsx'

const look = 'rounded font-medium underline-offset-2 hover:text-accent-ink hover:underline'

const isUuid = /^[0-9a-f-]{36}$/

/** What something was done to: its kind, and where it can be seen, a link. */
export function Target({ target }: { readonly target: string }) {
  const at = target.indexOf(':')
  if (at < 0) return target === '' ? <None /> : target
  const [kind, id] = [target.slice(0, at), target.slice(at + 1)]
  return (
    <span title={target}>
      <span className="text-faint">{kind}:</span>
      <Of kind={kind} id={id} />
    </span>
  )
}

function Of({ kind, id }: { readonly kind: string; readonly id: string }) {
  switch (kind) {
    case 'job':
      return <JobLink id={id} />
    case 'schedule':
      return <ScheduleLink id={id} />
    case 'handler':
      return <HandlerLink id={id} />
    case 'lane':
      return (
        <Link to="/lanes" search={{ name: id } as never} className={look}>
          {id}
        </Link>
      )
    case 'worker':
      return (
        <Link to="/workers" className={look}>
          <code className="font-mono text-[12px]">{shortId(id)}</code>
        </Link>
      )
    case 'user':
    case 'key':
      return (
        <Link to="/access" search={{ tab: `${kind}s` } as never} className={look}>
          {isUuid.test(id) ? <code className="font-mono text-[12px]">{shortId(id)}</code> : id}
        </Link>
      )
    default:
      return id
  }
}
