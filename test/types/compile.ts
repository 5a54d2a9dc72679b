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

/** The packages that a section of a page installs, and its programs. */
export interface Section {
  readonly heading: string
  /** Names of packages. */
  readonly installs: readonly string[]
  readonly programs: readonly string[]
}

export function sectionsOf(page: string): Section[] {
  return page.split(/^#{1,3} /m).map((text) => ({
    heading: text.slice(0, text.indexOf('\n')),
    installs: blocksOf(text, 'sh').flatMap(installed),
    programs: blocksOf(text, 'ts').filter((code) => /^import /m.test(code)),
  }))
}

function installed(commands: string): string[] {
  const lines = [...commands.matchAll(/^npm install (?!--global)([^#\n]*)/gm)]
  return lines.flatMap(([, words = '']) => words.split(' ').filter((word) => word !== '' && !word.startsWith('-')))
}

/**
 * Writes files into a folder and compiles them.
 *
 * @param options compiler options of their own
 * @returns what the compiler has to say
 */
export function compile(folder: string, files: Readonly<Record<string, string>>, options: object = {}): string {
  const config = { ...CONFIG, compilerOptions: { ...CONFIG.compilerOptions, ...options } }
  mkdirSync(folder, { recursive: true })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  try {
    execFileSync(join(ROOT, 'node_modules/.bin/tsc'), ['-p', folder, '--noEmit'], { stdio: 'pipe' })
    return ''
  } catch (error) {
    return String((error as { stdout: Buffer }).stdout)
  }
}
