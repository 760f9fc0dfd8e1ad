/** `rota/testing`: what storages and their tests are made with. */
export type { Change, Claim, Outcome } from '../job/states.ts'
export { decide } from '../job/states.ts'
export type * from '../storage/contract.ts'
export { type OpenSubject, type Subject, storageConformance } from './conformance.ts'
