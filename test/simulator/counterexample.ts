import type { Core } from '../contract/core.ts'
import { narrate } from './narrate.ts'
import type { Scene } from './plan.ts'
import { type Walk, walk } from './walk.ts'

/**
 * The walk of fewest steps, among the seeds from 0 up to and without `seeds`, in which something breaks the promise as
 * `broken` says; as a text, or `null` where none does. The search ends with the first one of at most `fewEnough` steps.
 */
export async function findCounterexample(
  core: Core,
  scene: Scene,
  seeds: number,
  broken: RegExp,
  fewEnough: number,
): Promise<string | null> {
  let best: Walk | null = null
  for (let seed = 0; seed < seeds; seed++) {
    const walked = await walk(core, scene, seed, { lines: null, counts: new Map() })
    const found = walked.violation !== null && broken.test(walked.violation)
    if (found && walked.steps < (best?.steps ?? Number.POSITIVE_INFINITY)) best = walked
    if (best !== null && best.steps <= fewEnough) break
  }
  return best === null ? null : narrate(core, scene, best.seed)
}
