import { Link } from '@tanstack/react-router'
import { useMay } from '../../data/me.ts'
import { perform } from '../../data/read.ts'
import { useTexts } from '../../lib/texts.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { Confirm } from '../../ui/dialog.tsx'
import { toast } from '../../ui/toast.ts'
import type { Need } from './needs.ts'

const look = buttonClass('plain', true)

/** What helps: a place to go to, or the lane that goes on. */
export function NeedAction({ go }: Pick<Need, 'go'>) {
  const t = useTexts('overview')
  if (go.kind === 'resume') return <Resume lane={go.lane} reason={go.reason} />
  if (go.kind === 'schedule')
    return (
      <Link to="/schedules/$id" params={{ id: go.id }} className={look}>
        {t('go.schedule')}
      </Link>
    )
  if (go.kind === 'jobs' || go.kind === 'failure')
    return (
      <Link to={go.kind === 'jobs' ? '/jobs' : '/failures'} search={go.search as never} className={look}>
        {t(`go.${go.kind}`)}
      </Link>
    )
  const to = `/${go.kind}` as const
  return (
    <Link to={to} className={look}>
      {t(`go.${go.kind}`)}
    </Link>
  )
}

function Resume({ lane, reason }: { readonly lane: string; readonly reason: string }) {
  const t = useTexts('overview')
  const may = useMay('lanes.resume')
  if (!may)
    return (
      <Link to="/lanes" className={look}>
        {t('go.lanes')}
      </Link>
    )
  const resume = async () => {
    await perform('lanes.resume', { id: lane })
    toast.good(t('resume.done', { lane }))
  }
  return (
    <Confirm
      title={t('resume.title', { lane })}
      text={t('resume.text', { reason })}
      action={t('resume.action')}
      danger={false}
      onConfirm={resume}
    >
      {(ask) => (
        <Button small onClick={ask}>
          {t('resume.action')}
        </Button>
      )}
    </Confirm>
  )
}
