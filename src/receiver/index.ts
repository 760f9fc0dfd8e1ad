/** For the targets of HTTP jobs: is a request from Rota, and how is a long job reported? Needs `fetch` and WebCrypto, nothing of Node. */

export { type ErrorCode, RotaError } from '../job/errors.ts'
export { type Report, reportTo } from './report.ts'
export { type Callback, type Delivery, type RawRequest, type VerifyOptions, verifyRequest } from './verify.ts'
