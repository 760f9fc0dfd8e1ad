import { describe, test } from 'vitest'
import { storageConformance } from '../../src/testing/conformance.ts'
import { modelStorage } from './model-storage.ts'

describe('the model of the storage', () => {
  storageConformance(test, async ({ clock }) => ({ connect: () => modelStorage({ clock }), shared: false }))
})
