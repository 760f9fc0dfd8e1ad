import { Check, Minus } from 'lucide-react'
import { mayCall, type Role } from 'rota/client'
import type { Name } from '../../data/read.ts'
import { useTexts } from '../../lib/texts.ts'
import { Card } from '../../ui/page.tsx'

const roles: readonly Role[] = ['viewer', 'operator', 'admin', 'worker']

/** What people ask of a role, each by an operation that stands for it. */
const capabilities: readonly (readonly [id: string, operation: Name])[] = [
  ['see', 'jobs.list'],
  ['store', 'jobs.create'],
  ['steer', 'jobs.cancel'],
  ['purge', 'jobs.purge'],
  ['schedules', 'schedules.put'],
  ['handlers', 'handlers.put'],
  ['lanes', 'lanes.pause'],
  ['workers', 'workers.drain'],
  ['work', 'workers.claim'],
  ['audit', 'audit.list'],
  ['people', 'users.create'],
  ['keys', 'keys.create'],
]

/** By the table of the server itself, so that it is never out of date. */
export function Roles() {
  const t = useTexts('access')
  return (
    <Card flush className="overflow-hidden">
      <div className="relative overflow-x-auto" role="group" aria-label={t('tabs.roles')} tabIndex={0}>
        <table className="w-full min-w-[34rem] border-collapse text-[13px]">
          <thead>
            <tr className="border-line border-b">
              <th scope="col" className="px-4 py-3 text-left font-medium text-faint text-xs">
                {t('may')}
              </th>
              {roles.map((role) => (
                <th key={role} scope="col" className="w-[17%] px-2 py-3 text-center font-semibold">
                  {t(`role.${role}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {capabilities.map(([id, operation]) => (
              <tr key={id} className="border-line border-b last:border-0 hover:bg-hover">
                <th scope="row" className="px-4 py-2.5 text-left font-normal">
                  {t(`may_${id}`)}
                </th>
                {roles.map((role) => (
                  <td key={role} className="px-2 py-2.5 text-center">
                    <Mark yes={mayCall(role, operation)} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="border-line border-t px-4 py-3 text-faint text-xs">{t('rolesNote')}</p>
    </Card>
  )
}

function Mark({ yes }: { readonly yes: boolean }) {
  const t = useTexts('access')
  const Icon = yes ? Check : Minus
  return (
    <>
      <Icon className={yes ? 'mx-auto size-4 text-good' : 'mx-auto size-4 text-faint'} aria-hidden />
      <span className="sr-only">{t(yes ? 'yes' : 'no')}</span>
    </>
  )
}
