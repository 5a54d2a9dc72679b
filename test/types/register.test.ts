import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const HERE = dirname(fileURLToPath(import.meta.url))
const TSC = join(HERE, '../../node_modules/.bin/tsc')
const run = promisify(execFile)

/** `Register` holds for a whole program, so each way to give an API its types is a program, and a folder, of its own. */
const programs = readdirSync(HERE, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)

test('there is a program for each way to give an API its types', () => {
  expect(programs.sort()).toEqual(['optional', 'plain', 'registered', 'two-apis'])
})

test.each(programs)('%s compiles, and refuses what it must', async (program) => {
  const outcome = await run(TSC, ['-p', join(HERE, program), '--pretty', 'false']).catch((error) => error)
  expect(outcome.stdout).toBe('')
  expect(outcome.code ?? 0).toBe(0)
})
