import { expect, test } from 'vitest'
import { onEachEngine } from '../servers/engine.ts'
import { killUnderLoad } from './kill.ts'

const KILLS = 2

onEachEngine(({ open }) => {
  test('every request that was answered before the process was killed is recorded', { timeout: 120_000 }, async () => {
    for (let kill = 0; kill < KILLS; kill++) {
      const database = await open()
      const { lost, broken } = await killUnderLoad(database.url)
      expect(lost).toEqual([])
      expect(broken).toEqual([])
      await database.drop()
    }
  })
})
