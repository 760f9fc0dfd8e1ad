import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { isRotaError } from 'rota/client'
import { buttonClass } from './button.tsx'
import { Card, Empty, Page } from './page.tsx'

const codes = ['job_not_found', 'flow_not_found', 'schedule_not_found', 'job_unknown'] as const

/** Whether the server says that nothing has this id, or that nothing can have it. */
export const isGone = (error: unknown): boolean =>
  codes.some((code) => isRotaError(error, code)) || (isRotaError(error, 'request_invalid') && error.field === 'id')

export interface GoneProps {
  readonly id: string
  readonly title: string
  /** Why that may be. */
  readonly text: string
  readonly crumbs: ReactNode
  /** Where the others are. */
  readonly to: '/jobs' | '/flows' | '/handlers' | '/schedules'
  readonly back: string
}

/** The page in the place of what an address names and nobody has. */
export const Gone = ({ id, title, text, crumbs, to, back }: GoneProps) => (
  <Page title={title} crumbs={crumbs}>
    <Card>
      <Empty kind="nothing" title={id}>
        <p className="mb-4">{text}</p>
        <Link to={to} className={buttonClass()}>
          {back}
        </Link>
      </Empty>
    </Card>
  </Page>
)
