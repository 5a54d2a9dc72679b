import { existsSync } from 'node:fs'
import { readFile, rename } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build, type Plugin } from 'esbuild'

const ROOT = resolve(import.meta.dirname, '../..')
/** Loads a native binary by a path of its own. */
const NATIVE = 'libsql'

/**
 * Bundles a program of the repository, so that tests which start it often do not compile its sources at each start.
 * Tests of the documented commands start the sources themselves. Made once for a run: `openRunFolder` comes first.
 *
 * @param file relative to the repository
 * @returns the path of a JavaScript file in the temporary folder of the run
 */
export async function bundledProgram(file: string): Promise<string> {
  const target = join(tmpdir(), `${file.replaceAll('/', '-')}.mjs`)
  if (existsSync(target)) return target
  const draft = `${target}.${process.pid}`
  await build({
    entryPoints: [join(ROOT, file)],
    outfile: draft,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    logLevel: 'error',
    // Packages in CommonJS call it.
    banner: { js: `import { createRequire as c } from 'node:module'; const require = c(${quoted(urlOf(file))});` },
    plugins: [ownPlace(), native()],
  })
  await rename(draft, target)
  return target
}

/** Sources that read a file beside them go on doing so. */
function ownPlace(): Plugin {
  return {
    name: 'own-place',
    setup: ({ onLoad }) =>
      onLoad({ filter: /[\\/](?:packages|examples|test)[\\/].*\.ts$/ }, async ({ path }) => {
        const source = await readFile(path, 'utf8')
        const contents = source
          .replaceAll('import.meta.url', quoted(pathToFileURL(path).href))
          .replaceAll('import.meta.dirname', quoted(dirname(path)))
        return { contents, loader: 'ts' }
      }),
  }
}

function native(): Plugin {
  return {
    name: 'native',
    setup: ({ onResolve }) =>
      onResolve({ filter: new RegExp(`^${NATIVE}$`) }, ({ importer }) => {
        return { path: createRequire(importer).resolve(NATIVE), external: true }
      }),
  }
}

function urlOf(file: string): string {
  return pathToFileURL(join(ROOT, file)).href
}

function quoted(text: string): string {
  return JSON.stringify(text)
}
