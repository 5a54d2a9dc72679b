import { rmSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createCopiesFolder, loadChangedCore } from '../contract/changed-core.ts'
import { core } from '../contract/core.ts'
import { findCounterexample } from './counterexample.ts'
import { narrate } from './narrate.ts'
import { SAFEGUARDS } from './safeguards.ts'

/** Far more than any of them takes. */
const SEEDS = 20_000
const STEP = /^ *\d+ {2}\d+ ms {2}\S/

let folder = ''
beforeAll(() => {
  folder = createCopiesFolder()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test.each(SAFEGUARDS.map((safeguard) => [safeguard.name, safeguard] as const))(
  'without this safeguard a walk breaks the promise, step by step: %s',
  async (_, safeguard) => {
    const { scene } = safeguard
    const changed = await loadChangedCore(folder, safeguard)
    const first = safeguard.seed ?? 0
    const search = { first, end: first + SEEDS, fewEnough: Number.POSITIVE_INFINITY }
    const counterexample = await findCounterexample(changed, safeguard, search)
    const lines = (counterexample ?? 'none').split('\n')
    expect(lines.at(-1)).toMatch(safeguard.broken)
    expect(lines.filter((line) => STEP.test(line)).length).toBeGreaterThan(1)
    const [seed] = /\d+$/.exec(lines[0] as string) ?? []
    expect(await narrate(core, scene, Number(seed))).toMatch(/Nothing broke the promise\.$/)
  },
)
