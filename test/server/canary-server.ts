/** The process of `canary.test.ts`: a server as an application has it, whose output is read. */
import { createRota, defineJob, type } from '../../src/index.ts'
import { createServer } from '../../src/server/index.ts'

const storage = process.env.CANARY_STORAGE as string

/** Its schema breaks in a way that nobody has foreseen, with everything in the message that must not be seen. */
const explosive = defineJob({
  id: 'explosive',
  input: {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: () => {
        throw new Error(`no connection to ${storage}`, { cause: new Error(storage) })
      },
    },
  },
  run: () => {},
})
const plain = defineJob({ id: 'plain', input: type<object>(), run: () => {} })

const rota = createRota({ storage, jobs: [explosive, plain], http: { allow: ['127.0.0.1'] } })
await rota.start()
const server = createServer(rota) // with ROTA_SECRET
const { url } = await server.listen({ port: 0 })
const { token } = await server.setup()
process.send?.({ url, setupToken: token })
process.once('disconnect', () => void server.close({ grace: 100 }).then(() => rota.stop()))
