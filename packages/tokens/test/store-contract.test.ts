import { memoryStore, storeContract } from '@patkit/tokens'
import { describe, test } from 'vitest'

describe('memory', () => {
  for (const { name, run } of storeContract()) test(name, () => run(memoryStore()))
})
