import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'

const PACKAGE = resolve(import.meta.dirname, '..')
const SOURCES = join(PACKAGE, 'web')
/** Names and types that the server has as well. */
const SHARED = join(PACKAGE, 'src/page-config.ts')
export const ASSETS: string = join(PACKAGE, 'dist/assets')
const STAMP = 'sources.sha256'

/** Builds the assets unless those that exist are of these sources. Several processes may do so at once. */
export async function ensureAssets(folder: string = ASSETS): Promise<void> {
  const digest = await sourceDigest()
  if ((await stampOf(folder)) === digest) return
  const draft = `${folder}.draft-${process.pid}`
  await rm(draft, { recursive: true, force: true })
  await mkdir(draft, { recursive: true })
  await bundle(draft)
  await writeFile(join(draft, STAMP), digest)
  await replace(folder, draft, digest)
}

async function bundle(folder: string): Promise<void> {
  // Where nothing is built, it is not loaded.
  const { build } = await import('vite')
  await build({
    configFile: false,
    root: SOURCES,
    base: './',
    logLevel: 'error',
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      outDir: folder,
      emptyOutDir: false,
      target: 'es2022',
      modulePreload: false,
      cssCodeSplit: true,
      rollupOptions: {
        input: { 'patkit-tokens': join(SOURCES, 'patkit-tokens.ts'), page: join(SOURCES, 'page.ts') },
        preserveEntrySignatures: 'exports-only',
        output: { entryFileNames: '[name].js', chunkFileNames: '[name].js', assetFileNames: '[name][extname]' },
      },
    },
  })
}

/** One of several drafts wins; the others are equal to it. */
async function replace(folder: string, draft: string, digest: string): Promise<void> {
  for (let attempt = 0; attempt < 10; attempt++) {
    try {
      await rename(draft, folder)
      return
    } catch {
      if ((await stampOf(folder)) === digest) break
      await rm(folder, { recursive: true, force: true })
    }
  }
  await rm(draft, { recursive: true, force: true })
  if ((await stampOf(folder)) !== digest) throw new Error(`${folder} cannot be replaced`)
}

async function sourceDigest(): Promise<string> {
  const hash = createHash('sha256')
  const files = [...(await filesIn(SOURCES)), SHARED, join(PACKAGE, 'package.json'), import.meta.filename]
  for (const file of files) hash.update(file.slice(PACKAGE.length)).update(await readFile(file))
  return hash.digest('hex')
}

async function filesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true })
  return names
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

async function stampOf(folder: string): Promise<string | null> {
  try {
    return await readFile(join(folder, STAMP), 'utf8')
  } catch {
    return null
  }
}
