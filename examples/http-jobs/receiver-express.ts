/** An Express application that takes HTTP jobs: `ROTA_SIGNING_KEY=whsec_… node examples/http-jobs/receiver-express.ts`. */
import express, { type NextFunction, type Request, type Response } from 'express'
import { RotaError, verifyRequest } from '../../src/receiver/index.ts'

const app = express()

// The signature is of the bytes as they came, so this route has no `express.json()` in front of it.
app.post('/jobs/renew', express.raw({ type: () => true }), async (request: Request, response: Response) => {
  const body = Buffer.isBuffer(request.body) ? request.body : ''
  const { input, attempt } = await verifyRequest({ headers: request.headers, body }, process.env.ROTA_SIGNING_KEY ?? '')
  response.json({ renewed: input, attempt })
})

app.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
  if (error instanceof RotaError && error.code === 'signature_invalid') response.status(401).send(error.message)
  else next(error)
})

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  const address = server.address()
  if (typeof address === 'object') console.log(`http://127.0.0.1:${address?.port}`)
})
