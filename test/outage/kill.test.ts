import { expect, inject, test } from 'vitest'
import { onEachEngine } from '../servers/engine.ts'
import { openPostgres } from '../servers/test-database.ts'
import { killOneOf, killUnderLoad, LEAST_ANSWERED } from './kill.ts'

const KILLS = 2
const NODES = 4

onEachEngine(({ open }) => {
  test('every request that was answered before the process was killed is recorded', async () => {
    for (let kill = 0; kill < KILLS; kill++) {
      const database = await open()
      const { lost, broken } = await killUnderLoad(database.url)
      expect(lost).toEqual([])
      expect(broken).toEqual([])
      await database.drop()
    }
  })
})

const { postgres } = inject('servers')

test.skipIf(postgres === null)(
  'every request that several nodes answered is recorded, while one of them is killed and replaced',
  async () => {
    const database = await openPostgres(postgres as string)
    const { answered, lost, broken } = await killOneOf(NODES, KILLS, database.url)
    expect(answered).toBeGreaterThan(LEAST_ANSWERED * (KILLS + NODES - 1))
    expect(lost).toEqual([])
    expect(broken).toEqual([])
    await database.drop()
  },
)
