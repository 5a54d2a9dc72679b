import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join, resolve } from 'node:path'

export interface Asset {
  readonly body: Buffer
  readonly type: string
  /** The entity tag (RFC 9110 §8.8.3). */
  readonly tag: string
}

const PACKAGE = resolve(import.meta.dirname, '..')
const FOLDER = join(PACKAGE, 'dist/assets')
/** In the repository alone: a published package has its assets. */
const BUILDER = join(PACKAGE, 'build/main.ts')
const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
}

let loading: Promise<ReadonlyMap<string, Asset>> | null = null

/** The built files of the console by their names, read once. */
export function loadAssets(): Promise<ReadonlyMap<string, Asset>> {
  loading ??= readAssets().catch((error) => {
    loading = null
    throw error
  })
  return loading
}

async function readAssets(): Promise<ReadonlyMap<string, Asset>> {
  if (existsSync(BUILDER)) await runBuilder()
  const names = (await readdir(FOLDER)).filter((name) => extname(name) in TYPES)
  return new Map(await Promise.all(names.map(async (name) => [name, await readAsset(name)] as const)))
}

async function readAsset(name: string): Promise<Asset> {
  const body = await readFile(join(FOLDER, name))
  const tag = `"${createHash('sha256').update(body).digest('base64url')}"`
  return { body, type: TYPES[extname(name)] as string, tag }
}

async function runBuilder(): Promise<void> {
  const { execFile } = await import('node:child_process')
  await new Promise<void>((settle, reject) => {
    execFile(process.execPath, ['--import', 'tsx', BUILDER], { cwd: PACKAGE }, (error, _, stderr) => {
      if (error === null) settle()
      else reject(new Error(`The assets of the console cannot be built: ${stderr}`, { cause: error }))
    })
  })
}
