import { expect, test } from 'vitest'
import { mayCall } from './may.ts'

test('who may call what', () => {
  const all = ['jobs.list', 'jobs.cancel', 'users.list', 'workers.claim', 'auth.login', 'jobs.nothing', '']
  const may = (role: Parameters<typeof mayCall>[0]) => all.filter((operation) => mayCall(role, operation))
  expect(may('viewer')).toEqual(['jobs.list', 'auth.login'])
  expect(may('operator')).toEqual(['jobs.list', 'jobs.cancel', 'workers.claim', 'auth.login'])
  expect(may('admin')).toEqual(['jobs.list', 'jobs.cancel', 'users.list', 'workers.claim', 'auth.login'])
  expect(may('worker')).toEqual(['workers.claim', 'auth.login'])
})
