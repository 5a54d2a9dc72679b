import type { Core } from '../contract/core.ts'
import type { Scene } from './plan.ts'
import { walk } from './walk.ts'

/** One walk as a text, step by step. */
export async function narrate(core: Core, scene: Scene, seed: number): Promise<string> {
  const lines: string[] = []
  const { violation } = await walk(core, scene, seed, { lines, counts: new Map() })
  lines.push(violation === null ? 'Nothing broke the promise.' : `VIOLATION  ${violation}`)
  return lines.join('\n')
}
