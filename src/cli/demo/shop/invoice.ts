/** Invoices: some arrive, one at its second try, and some never, each for a reason of its own. */
import { z } from 'zod'
import { defineJob, RotaError } from '../../../index.ts'
import { ofDemo, wait } from './options.ts'

interface Customer {
  readonly name: string
  readonly vatId: string | null
  readonly currency: string
  /** What its mail server does. */
  readonly mail: 'takes it' | 'is busy at first' | 'is full'
}

const customers: Readonly<Record<string, Customer>> = {
  acme: { name: 'Acme', vatId: 'DE811', currency: 'EUR', mail: 'takes it' },
  cyberdyne: { name: 'Cyberdyne', vatId: 'US442', currency: 'USD', mail: 'takes it' },
  umbrella: { name: 'Umbrella', vatId: 'GB093', currency: 'GBP', mail: 'is busy at first' },
  initech: { name: 'Initech', vatId: 'US127', currency: 'USD', mail: 'is full' },
  hooli: { name: 'Hooli', vatId: null, currency: 'USD', mail: 'takes it' },
  globex: { name: 'Globex', vatId: 'FR530', currency: 'EURO', mail: 'takes it' }, // no such currency: a mistake in the data
}

class MailRefused extends Error {
  override readonly name = 'MailRefused'
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

export const sendInvoice = defineJob({
  id: 'shop.send-invoice',
  ...ofDemo,
  input: z.object({ customer: z.string(), month: z.string(), amount: z.number() }),
  lane: 'mail',
  retries: 2,
  backoff: { type: 'fixed', delay: '3s' },
  timeout: '20s',
  async run({ customer, month, amount }, ctx) {
    const { name, vatId, currency, mail } = customers[customer] ?? unknown(customer)
    // Another try would not change it, so there is none.
    if (vatId === null)
      throw new RotaError('non_retryable', `Customer "${name}" has no VAT id, so no invoice can be made.`)
    const total = new Intl.NumberFormat('en', { style: 'currency', currency }).format(amount)
    ctx.log.info(`invoice of ${month} for ${name}: ${total}`)
    await wait(600, ctx)
    if (mail === 'is full') throw new MailRefused('EMAILBOX', `The mailbox of "${name}" is full.`)
    if (mail === 'is busy at first' && ctx.attempt === 1)
      throw new MailRefused('EBUSY', `The mail server of "${name}" is busy. It asks to come back later.`)
    return { to: name, total }
  },
})

function unknown(customer: string): never {
  throw new RotaError('non_retryable', `There is no customer "${customer}".`)
}

/** Runs on a schedule and stores a job for each customer, so that one that fails holds up nobody else. */
export const billCustomers = defineJob({
  id: 'shop.bill-customers',
  ...ofDemo,
  retries: 1,
  async run(_, ctx) {
    const month = ctx.scheduledFor.toISOString().slice(0, 7)
    const ids = Object.keys(customers)
    for (const [i, customer] of ids.entries()) {
      const input = { customer, month, amount: 120 + 35 * i }
      await ctx.enqueue(sendInvoice, input, { idempotencyKey: `${ctx.idempotencyKey} ${customer}` })
    }
    return { invoices: ids.length }
  },
})
