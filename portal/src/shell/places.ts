/** The screens of the menu, in its order. */
import {
  CalendarClock,
  Cog,
  KeyRound,
  LayoutDashboard,
  ListTodo,
  type LucideIcon,
  Rows3,
  ScrollText,
  Server,
  SquareFunction,
  TriangleAlert,
  Workflow,
} from 'lucide-react'
import type { Name } from '../data/read.ts'

export interface Place {
  readonly id: string
  readonly to: string
  readonly Icon: LucideIcon
  readonly group: 'run' | 'work' | 'manage'
  /** Behind `g`. */
  readonly key: string
  /** What one has to be allowed to see it. */
  readonly needs: Name
}

export const places: readonly Place[] = [
  { id: 'overview', to: '/', Icon: LayoutDashboard, group: 'run', key: 'o', needs: 'jobs.list' },
  { id: 'jobs', to: '/jobs', Icon: ListTodo, group: 'run', key: 'j', needs: 'jobs.list' },
  { id: 'failures', to: '/failures', Icon: TriangleAlert, group: 'run', key: 'f', needs: 'jobs.list' },
  { id: 'schedules', to: '/schedules', Icon: CalendarClock, group: 'run', key: 's', needs: 'schedules.list' },
  { id: 'flows', to: '/flows', Icon: Workflow, group: 'run', key: 'd', needs: 'flows.list' },
  { id: 'lanes', to: '/lanes', Icon: Rows3, group: 'work', key: 'l', needs: 'lanes.list' },
  { id: 'workers', to: '/workers', Icon: Server, group: 'work', key: 'w', needs: 'workers.list' },
  { id: 'handlers', to: '/handlers', Icon: SquareFunction, group: 'work', key: 'h', needs: 'handlers.list' },
  { id: 'audit', to: '/audit', Icon: ScrollText, group: 'manage', key: 'a', needs: 'audit.list' },
  { id: 'access', to: '/access', Icon: KeyRound, group: 'manage', key: 'u', needs: 'users.list' },
  { id: 'settings', to: '/settings', Icon: Cog, group: 'manage', key: 't', needs: 'jobs.list' },
]

export const groups = ['run', 'work', 'manage'] as const

/** Forms that only make something new. */
const forms: Readonly<Record<string, Name>> = { '/schedules/+new': 'schedules.put', '/handlers/+new': 'handlers.put' }

/** The operation that somebody has to be allowed for the screen at an address; null where there is none. */
export const neededFor = (path: string): Name | null =>
  forms[path] ?? places.find(({ to }) => (to === '/' ? path === '/' : `${path}/`.startsWith(`${to}/`)))?.needs ?? null
