import { readFileSync, rmSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Change, createCopiesFolder, loadChangedCore } from './changed-core.ts'
import type { Core } from './core.ts'
import { core } from './core.ts'
import { openInProcess } from './in-process.ts'
import { expectedOutcome, observe, outcomeOf } from './observation.ts'
import { vectorNamed } from './vector.ts'

/** A rule's code, and the vectors that notice when it is gone. */
interface Safeguard extends Change {
  readonly rule: string
  readonly vectors: readonly string[]
}

const SAFEGUARDS = JSON.parse(readFileSync(new URL('./safeguards.json', import.meta.url), 'utf8')) as Safeguard[]

/** Taking a rule out must not break everything: one of these goes on being met. */
const CONTROLS = ['a Bearer token', 'no credentials', 'a scope that is held']

let folder = ''
beforeAll(() => {
  folder = createCopiesFolder()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test.concurrent.each(SAFEGUARDS.map((safeguard) => [safeguard.rule, safeguard] as const))(
  '%s',
  async (_rule, safeguard) => {
    const changed = await loadChangedCore(folder, safeguard)
    expect(await unmet(safeguard.vectors, core), 'vectors that fail with the rule in place').toEqual([])
    expect(await unmet(safeguard.vectors, changed), 'vectors that fail without it').toEqual(safeguard.vectors)
    expect(await unmet(CONTROLS, changed), 'vectors that show the changed core to work').not.toEqual(CONTROLS)
  },
)

/** Which of the vectors do not meet their expectation. */
async function unmet(names: readonly string[], on: Core): Promise<string[]> {
  const failed: string[] = []
  for (const name of names) {
    const vector = vectorNamed(name)
    const observation = await observe(vector, on, openInProcess(on))
    if (!isDeepStrictEqual(outcomeOf(vector, observation), expectedOutcome(vector))) failed.push(name)
  }
  return failed
}
