import { join } from 'node:path'
import { PACKAGES, type PackageRow } from './packages.ts'
import { ROOT } from './repository.ts'
import { readSources, type Source } from './source.ts'

/** The parsed sources of every package, keyed as `core/verifier.ts`. */
export const PACKAGE_SOURCES: readonly Source[] = PACKAGES.flatMap(sourcesOf)

export function sourcesOf(row: PackageRow): Source[] {
  const sources = readSources(join(ROOT, 'packages', row.folder, 'src'))
  return sources.map((source) => ({ ...source, path: `${row.folder}/${source.path}` }))
}
