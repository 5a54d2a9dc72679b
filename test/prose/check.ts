import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { markdownIn, ROOT, sourcesIn } from '../architecture/repository.ts'
import { lintMarkdown } from './lint-markdown.ts'
import { lintTypeScript } from './lint-typescript.ts'

/** Its texts have the phrases on purpose. */
const TEST_OF_PHRASES = 'test/prose/prose.test.ts'

/** Files and folders, as paths from the root of the repository. */
const places = process.argv.slice(2)
if (places.length === 0) throw new Error('usage: tsx test/prose/check.ts <file or folder>...')

const files = places
  .flatMap((place) =>
    statSync(join(ROOT, place)).isDirectory() ? [...markdownIn(place), ...sourcesIn(place)] : [place],
  )
  .filter((file) => file !== TEST_OF_PHRASES)
let findings = 0
for (const file of files) {
  const lint = file.endsWith('.md') ? lintMarkdown : lintTypeScript
  for (const { line, column, message } of await lint(readFileSync(join(ROOT, file), 'utf8'), file)) {
    findings += 1
    console.error(`${file}:${line}:${column} ${message}`)
  }
}
console.log(`${files.length} files, ${findings} findings`)
process.exitCode = findings === 0 ? 0 : 1
