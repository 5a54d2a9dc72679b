import { memoryStore } from '@patkit/tokens'
import { storeContract } from '@patkit/tokens/testing'
import { describe, test } from 'vitest'

describe('memory', () => {
  for (const { name, run } of storeContract()) test(name, () => run(memoryStore()))
})
