import type { Core } from '../contract/core.ts'
import type { Scene } from './plan.ts'
import { type Walk, walk } from './walk.ts'

export interface Simulation {
  readonly violations: readonly Walk[]
  /** How often each step, answer, fault and situation occurred. */
  readonly counts: ReadonlyMap<string, number>
}

/** Walks all seeds from `first` up to, and without, `end`. */
export async function simulate(core: Core, scene: Scene, first: number, end: number): Promise<Simulation> {
  const counts = new Map<string, number>()
  const violations: Walk[] = []
  for (let seed = first; seed < end; seed++) {
    const walked = await walk(core, scene, seed, { lines: null, counts })
    if (walked.violation !== null) violations.push(walked)
  }
  return { violations, counts }
}
