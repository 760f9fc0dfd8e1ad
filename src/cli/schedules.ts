/** `rota schedules`: what runs again and again. */
import type { Command } from 'commander'
import { addBackfill } from './backfill.ts'
import { addDeleteSchedules, addScheduleEdits } from './edit-schedules.ts'
import { addListSchedules } from './list-schedules.ts'
import { addPutSchedule } from './put-schedule.ts'
import { addRuns, addShowSchedule } from './show-schedule.ts'

export function addSchedules(program: Command): void {
  const schedules = program.command('schedules').description('look at what runs again and again, and change it')
  schedules.addHelpText('after', '\nExample:\n  $ rota schedules list')
  for (const add of [addListSchedules, addShowSchedule, addPutSchedule, addScheduleEdits]) add(schedules)
  for (const add of [addRuns, addBackfill, addDeleteSchedules]) add(schedules)
}
