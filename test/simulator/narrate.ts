import type { Core } from '../contract/core.ts'
import { walk } from './walk.ts'

/** One walk as a text, step by step. */
export async function narrate(core: Core, seed: number): Promise<string> {
  const lines: string[] = []
  const { violation } = await walk(core, seed, { lines, counts: new Map() })
  lines.push(violation === null ? 'Nothing broke the promise.' : `VIOLATION  ${violation}`)
  return lines.join('\n')
}
