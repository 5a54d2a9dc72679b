import type { Core } from '../contract/core.ts'
import { narrate } from './narrate.ts'
import type { Safeguard } from './safeguards.ts'
import { type Walk, walk } from './walk.ts'

interface Search {
  /** The seeds from the first one up to, and without, the end. */
  readonly first: number
  readonly end: number
  /** The search ends with a walk of at most so many steps. */
  readonly fewEnough: number
}

/**
 * The walk of fewest steps in which something breaks the promise as the safeguard says; as a text, or `null` where
 * none does.
 */
export async function findCounterexample(
  core: Core,
  { scene, broken }: Safeguard,
  { first, end, fewEnough }: Search,
): Promise<string | null> {
  let best: Walk | null = null
  for (let seed = first; seed < end; seed++) {
    const walked = await walk(core, scene, seed, { lines: null, counts: new Map() })
    const found = walked.violation !== null && broken.test(walked.violation)
    if (found && walked.steps < (best?.steps ?? Number.POSITIVE_INFINITY)) best = walked
    if (best !== null && best.steps <= fewEnough) break
  }
  return best === null ? null : narrate(core, scene, best.seed)
}
