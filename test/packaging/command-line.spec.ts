import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { readManifest } from '../architecture/repository.ts'
import { runOrThrow, runProgram } from './run-program.ts'

const tarballs = inject('tarballs')
/** With the packages that the program depends on. */
const OURS = Object.keys(tarballs)
const SQLITE = ['--db', 'sqlite:tokens.db']
const project = await mkdtemp(join(tmpdir(), 'patkit-program-'))

const patkit = (...args: readonly string[]) => runOrThrow('npx', ['patkit', ...args], project)

beforeAll(async () => {
  const files = OURS.map((name) => [name, `file:${tarballs[name]}`])
  const manifest = { private: true, dependencies: Object.fromEntries(files), overrides: Object.fromEntries(files) }
  await writeFile(join(project, 'package.json'), JSON.stringify(manifest))
  await runOrThrow('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline'], project)
})
afterAll(() => rm(project, { recursive: true, force: true }))

test('the program runs on plain Node, where it is installed', async () => {
  expect((await patkit('--version')).stdout.trim()).toBe(readManifest('packages/cli').version)
  expect((await patkit('token', 'create', '--help')).stdout).toContain('Examples:')
})

test('a token is issued and verified on a database that it makes', async () => {
  await patkit('migrate', ...SQLITE)
  await patkit('principal', 'create', 'ada', ...SQLITE)
  const create = ['token', 'create', '--principal', 'ada', '--name', 'backup', '--prefix', 'acme_pat', '--quiet']
  await writeFile(join(project, 'token.txt'), (await patkit(...create, ...SQLITE)).stdout)
  const verify = ['npx', 'patkit', 'verify', '--prefix', 'acme_pat', '--json', ...SQLITE].join(' ')
  const said = await runOrThrow('sh', ['-c', `${verify} < token.txt`], project)
  expect(JSON.parse(said.stdout)).toMatchObject({ allowed: true, token: { principalId: 'ada', name: 'backup' } })
})

test('drivers of servers are there, and loaded when they are needed', async () => {
  for (const engine of ['postgres', 'mysql']) {
    const url = `${engine}://127.0.0.1:9/tokens`
    const refused = await runProgram('npx', ['patkit', 'token', 'list', '--db', url], project)
    expect(refused).toMatchObject({ exitCode: 3, output: expect.stringContaining('connect ECONNREFUSED') })
  }
})
