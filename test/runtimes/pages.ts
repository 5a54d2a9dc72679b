import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../architecture/repository.ts'
import { blocksOf } from '../types/compile.ts'

/** The programs of a page of the guides, in the order of the page. */
export function programsOf(page: string): string[] {
  return blocksOf(readFileSync(join(ROOT, 'docs/guides/hosts', page), 'utf8'), 'ts')
}

/** A program on any free port. */
export function onFreePort(program: string): string {
  return program.replace(/(port: |listen\()3000/, '$10')
}
