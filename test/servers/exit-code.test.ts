import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PROGRAM = `
  import { ownPostgres } from './test/servers/postgres.ts'
  const server = await ownPostgres()
  await server.stop()
  process.exitCode = 3`

test('a program that has used a server fails as it would without', () => {
  const args = ['--import', 'tsx', '--input-type=module', '--eval', PROGRAM]
  expect(spawnSync(process.execPath, args, { cwd: ROOT }).status).toBe(3)
})
