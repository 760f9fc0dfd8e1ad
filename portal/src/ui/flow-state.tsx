import { Ban, Check, CircleAlert, Loader, type LucideIcon, X } from 'lucide-react'
import { useTexts } from '../lib/texts.ts'
import { Badge, type Tone } from './state.tsx'
import { Tip } from './tip.tsx'

const looks: Readonly<Record<string, { readonly Icon: LucideIcon; readonly tone: Tone }>> = {
  running: { Icon: Loader, tone: 'accent' },
  stuck: { Icon: CircleAlert, tone: 'warn' },
  failed: { Icon: X, tone: 'bad' },
  cancelled: { Icon: Ban, tone: 'plain' },
  succeeded: { Icon: Check, tone: 'good' },
}

/** What a flow is as a whole, and what that means when it is pointed at. */
export function FlowStateBadge({ state }: { readonly state: string }) {
  const t = useTexts('flows')
  const look = looks[state]
  if (look === undefined) return <Badge>{state}</Badge>
  const { Icon, tone } = look
  return (
    <Tip text={t(`stateHelp.${state}`)}>
      <span data-state={state}>
        <Badge tone={tone}>
          <Icon className="size-3.5" strokeWidth={2.4} aria-hidden />
          {t(`flowState.${state}`)}
        </Badge>
      </span>
    </Tip>
  )
}
