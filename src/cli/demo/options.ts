import type { Job, RotaOptions } from '../../index.ts'
import { hashFile } from './hash-file.ts'
import { lookAgain } from './look-again.ts'

export const demoJobs: readonly Job[] = [hashFile, lookAgain]

/**
 * What the command line works with where there is no configuration file. The short lease lets the demo go on soon
 * after its process was killed.
 */
export const demoOptions: RotaOptions = { jobs: demoJobs, lanes: { default: 16 }, lease: '5s' }
