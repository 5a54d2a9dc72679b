import { join } from 'node:path'
import { HOUSE, type Room } from './house.ts'
import { ROOT } from './repository.ts'
import { readSources, type Source } from './source.ts'

/** The parsed sources of every package, keyed as `core/verifier.ts`. */
export const HOUSE_SOURCES: readonly Source[] = HOUSE.flatMap(roomSources)

export function roomSources(room: Room): Source[] {
  const sources = readSources(join(ROOT, 'packages', room.folder, 'src'))
  return sources.map((source) => ({ ...source, path: `${room.folder}/${source.path}` }))
}
