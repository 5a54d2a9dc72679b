import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { markdownIn, ROOT } from '../architecture/repository.ts'
import { lintMarkdown } from './lint.ts'

/** Files and folders, as paths from the root of the repository. */
const places = process.argv.slice(2)
if (places.length === 0) throw new Error('usage: tsx test/prose/check.ts <file or folder>...')

const pages = places.flatMap((place) => (statSync(join(ROOT, place)).isDirectory() ? markdownIn(place) : [place]))
let findings = 0
for (const page of pages) {
  for (const { line, column, message } of await lintMarkdown(readFileSync(join(ROOT, page), 'utf8'), page)) {
    findings += 1
    console.error(`${page}:${line}:${column} ${message}`)
  }
}
console.log(`${pages.length} pages, ${findings} findings`)
process.exitCode = findings === 0 ? 0 : 1
