import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { blocksOf, compile, scratchFolder } from '../types/compile.ts'
import { cleanUp, runProgram } from './example-program.ts'

const PAGE = readFileSync(new URL('../../docs/guides/your-own-api.md', import.meta.url), 'utf8')
const SCRATCH = scratchFolder('your-own-api')

afterAll(async () => {
  await cleanUp()
  rmSync(SCRATCH, { recursive: true, force: true })
})

test('the page on an API of your own compiles, and prints what it says', async () => {
  const program = blocksOf(PAGE, 'ts').join('\n')
  expect(compile(SCRATCH, { 'program.ts': program, 'package.json': '{"type":"module"}' })).toBe('')
  const { code, stdout, stderr } = await runProgram(join(SCRATCH, 'program.ts'), [])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toBe(blocksOf(PAGE, 'text').join(''))
})
