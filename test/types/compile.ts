import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const HERE = dirname(fileURLToPath(import.meta.url))
const ROOT = resolve(HERE, '../..')

const CONFIG = {
  extends: join(HERE, 'tsconfig.base.json'),
  compilerOptions: { noUnusedLocals: false },
  include: ['.'],
}

/** Below the tests' own dependencies, so that what users install resolves. */
export function scratchFolder(name: string): string {
  return join(HERE, '../node_modules/.cache', name)
}

/** The code of the blocks of one language in a page, in the order of the page. */
export function blocksOf(page: string, language: string): string[] {
  return [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].flatMap(([, tag, code]) =>
    tag === language ? [code as string] : [],
  )
}

/** Writes files into a folder and compiles them. @returns what the compiler has to say */
export function compile(folder: string, files: Readonly<Record<string, string>>): string {
  mkdirSync(folder, { recursive: true })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(CONFIG))
  try {
    execFileSync(join(ROOT, 'node_modules/.bin/tsc'), ['-p', folder, '--noEmit'], { stdio: 'pipe' })
    return ''
  } catch (error) {
    return String((error as { stdout: Buffer }).stdout)
  }
}
