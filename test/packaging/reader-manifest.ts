import { readManifest } from '../architecture/repository.ts'

type Versions = Readonly<Record<string, string>>

/**
 * The manifest of a reader who installs these packages: tarballs for ours, and what the workspace is tested with for the
 * others.
 *
 * @param versions of packages that the workspace does not have
 */
export function readerManifest(installs: readonly string[], tarballs: Versions, versions: Versions = {}): object {
  const known = {
    ...(readManifest('test').dependencies as Versions),
    ...(readManifest('.').devDependencies as Versions),
    ...versions,
  }
  const ours = Object.fromEntries(Object.entries(tarballs).map(([name, path]) => [name, `file:${path}`]))
  const dependencies = installs.map((name) => [name, ours[name] ?? known[name] ?? '*'])
  return {
    private: true,
    type: 'module',
    dependencies: Object.fromEntries(dependencies),
    overrides: overridesOf(ours, installs),
  }
}

/** What our packages need of each other comes from the tarballs, too. */
function overridesOf(ours: Versions, installs: readonly string[]): object {
  return Object.fromEntries(
    Object.entries(ours).map(([name, path]) => [name, installs.includes(name) ? `$${name}` : path]),
  )
}
