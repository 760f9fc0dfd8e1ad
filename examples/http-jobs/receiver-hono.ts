/** A Hono application that takes HTTP jobs: `ROTA_SIGNING_KEY=whsec_… node examples/http-jobs/receiver-hono.ts`. */
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { RotaError, verifyRequest } from '../../src/receiver/index.ts'

const app = new Hono()

app.post('/jobs/renew', async ({ req, json }) => {
  const { input, attempt } = await verifyRequest(req.raw, process.env.ROTA_SIGNING_KEY ?? '')
  return json({ renewed: input, attempt })
})

app.onError((error, { text }) => {
  if (error instanceof RotaError && error.code === 'signature_invalid') return text(error.message, 401)
  throw error
})

serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000), hostname: '127.0.0.1' }, ({ port }) =>
  console.log(`http://127.0.0.1:${port}`),
)
