import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { transformSync } from 'esbuild'
import { ROOT } from '../architecture/repository.ts'
import { blocksOf, compile, scratchFolder } from '../types/compile.ts'

/** The first line of a block that is a file of its own. */
const FILE_NAME = /^\/\/ (\S+\.[cm]?[jt]sx?)\n/

export interface PageProgram {
  /** What the compiler says about all files of the page. */
  readonly complaints: string
  /** Imports a file of the page, or one that was given beside them. */
  load<T>(file: string): Promise<T>
  /** Where such a file is. */
  pathOf(file: string): string
  remove(): void
}

/** The blocks of a page that name the file they are, by that name. */
export function filesOf(page: string, languages: readonly string[] = ['ts']): Readonly<Record<string, string>> {
  const text = readFileSync(join(ROOT, page), 'utf8')
  const named = languages
    .flatMap((language) => blocksOf(text, language))
    .map((code) => [FILE_NAME.exec(code)?.[1] as string, code])
  return Object.fromEntries(named)
}

/**
 * Writes the files of a page into a folder of their own and compiles them.
 *
 * @param beside files that the page's reader has
 * @param name of the folder: tests that share a page have one each
 */
export function programOf(
  page: string,
  beside: Readonly<Record<string, string>>,
  options: object = {},
  name: string = basename(page, '.md'),
): PageProgram {
  const folder = scratchFolder(`page-${name}`)
  const files = { ...beside, ...filesOf(page), 'package.json': '{"type":"module"}' }
  const complaints = compile(folder, files, options)
  lower(folder, files, options)
  return {
    complaints,
    load: (file) => import(/* @vite-ignore */ join(folder, file)),
    pathOf: (file) => join(folder, file),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Leaves decorators to esbuild: vitest, which imports the files with the coverage of the packages, does not read them. */
function lower(folder: string, files: Readonly<Record<string, string>>, compilerOptions: object): void {
  for (const [name, code] of Object.entries(files).filter(([file]) => file.endsWith('.ts'))) {
    const { code: lowered } = transformSync(code, { loader: 'ts', tsconfigRaw: { compilerOptions } })
    writeFileSync(join(folder, name), lowered)
  }
}
