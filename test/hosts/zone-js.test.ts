import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const PROGRAM = fileURLToPath(new URL('zone-program.ts', import.meta.url))
const FOLDER = fileURLToPath(new URL('.', import.meta.url))

/** zone.js has a `Promise` of its own, and native functions go on returning the other one. */
test.each(['--import', '--require'])('requests are answered under node %s zone.js/node', async (option) => {
  const args = ['--import', 'tsx', option, 'zone.js/node', PROGRAM]
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: FOLDER })
  expect(stderr).toBe('')
  const lines = stdout.trim().split('\n')
  const expected = ['express', 'koa', 'hono'].flatMap((framework) =>
    ['required', 'background'].map((mode) => ({ framework, mode })),
  )
  const answers = [200, 200, 200, 200, 200, 401, 200]
  expect(lines.map((line) => JSON.parse(line))).toEqual(
    expected.map((api) => ({ isZoned: true, ...api, answers, events: 6 })),
  )
})
