import { useState } from 'react'
import { useTexts } from '../../lib/texts.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { HandlerLink, ScheduleLink } from '../../ui/link.tsx'
import type { Worker } from './screen.tsx'

/** How many jobs a worker has the code of; pressed, which ones. */
export function Knows({ worker: { name, jobs, schedules } }: { readonly worker: Worker }) {
  const t = useTexts('workers')
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button small kind="ghost" className="-ml-2.5" aria-haspopup="dialog" onClick={() => setOpen(true)}>
        {t('jobs', { count: jobs.length })}
      </Button>
      <Dialog open={open} onOpenChange={setOpen} title={t('knowsTitle', { name })} description={t('knowsText')}>
        <Names title={t('jobs', { count: jobs.length })}>
          {jobs.map((id) => (
            <li key={id} className="flex h-7 min-w-0 items-center">
              <HandlerLink id={id} />
            </li>
          ))}
        </Names>
        {schedules.length > 0 && (
          <Names title={t('schedules', { count: schedules.length })}>
            {schedules.map((id) => (
              <li key={id} className="flex h-7 min-w-0 items-center">
                <ScheduleLink id={id} />
              </li>
            ))}
          </Names>
        )}
      </Dialog>
    </>
  )
}

const Names = ({ title, children }: { readonly title: string; readonly children: React.ReactNode }) => (
  <section className="mb-4 last:mb-0">
    <h3 className="mb-1 font-medium text-faint text-xs">{title}</h3>
    <ul className="text-[13px]">{children}</ul>
  </section>
)
