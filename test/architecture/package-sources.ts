import { join } from 'node:path'
import { PACKAGES, type PackageRow } from './packages.ts'
import { ROOT } from './repository.ts'
import { readSources, type Source } from './source.ts'

/** The parsed sources of every package, keyed as `core/verifier.ts`. */
export const PACKAGE_SOURCES: readonly Source[] = PACKAGES.flatMap((row) => [...sourcesOf(row), ...browserSources(row)])

export function sourcesOf(row: PackageRow): Source[] {
  return sourcesIn(row.folder, 'src')
}

/** The sources that are bundled for browsers, keyed as `console/web/app.tsx`, without the generated types of the API. */
export function browserSources(row: PackageRow): Source[] {
  if (row.bundled === undefined) return []
  const sources = sourcesIn(row.folder, 'web').filter(({ path }) => path !== `${row.folder}/api/schema.ts`)
  return sources.map((source) => ({ ...source, path: source.path.replace('/', '/web/') }))
}

function sourcesIn(folder: string, part: string): Source[] {
  const sources = readSources(join(ROOT, 'packages', folder, part))
  return sources.map((source) => ({ ...source, path: `${folder}/${source.path}` }))
}
