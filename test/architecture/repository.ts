import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT: string = resolve(dirname(fileURLToPath(import.meta.url)), '../..')

/** The folders inside a folder of the repository that are packages of the workspace. */
export function packageFolders(parent: string): string[] {
  const folders = readdirSync(join(ROOT, parent))
  return folders.filter((folder) => existsSync(join(ROOT, parent, folder, 'package.json'))).sort()
}

/** The Markdown files of a folder of the repository and of the folders in it, as paths from the root. */
export function markdownIn(folder: string): string[] {
  return filesIn(folder, /\.md$/)
}

/** The TypeScript files of a folder of the repository and of the folders in it, as paths from the root. */
export function sourcesIn(folder: string): string[] {
  return filesIn(folder, /\.[cm]?tsx?$/)
}

function filesIn(folder: string, name: RegExp): string[] {
  const paths = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
  return paths
    .filter((path) => name.test(path) && !/(?:^|[\\/])(?:node_modules|dist)[\\/]/.test(path))
    .map((path) => `${folder}/${path.replaceAll('\\', '/')}`)
    .sort()
}

export function readManifest(folder: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'))
}
