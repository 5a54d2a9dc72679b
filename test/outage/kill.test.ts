import { expect, test } from 'vitest'
import { ENGINES } from '../servers/engine.ts'
import { killUnderLoad } from './kill.ts'

const KILLS = 2

test.for(ENGINES)(
  'whoever was answered before the process was killed is on record: $name',
  { timeout: 120_000 },
  async ({ missing, open }, { skip }) => {
    if (missing) skip()
    const database = await open()
    for (let kill = 0; kill < KILLS; kill++) {
      const { answered, lost, broken } = await killUnderLoad(database.url)
      expect(answered).toBeGreaterThanOrEqual(1_000)
      expect(lost).toEqual([])
      expect(broken).toEqual([])
    }
    await database.drop()
  },
)
