import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest'
import { ROOT } from '../architecture/repository.ts'
import { filesOf } from '../hosts/page.ts'
import { TOKEN } from '../hosts/reader.ts'
import { sectionsOf } from '../types/compile.ts'
import { readerManifest } from './reader-manifest.ts'
import { type Run, runOrThrow, runProgram } from './run-program.ts'

const PAGE = 'docs/guides/hosts/commonjs-and-jest.md'
const VERSIONS = { jest: '^30.5.2', supertest: '^7.3.2', '@babel/plugin-transform-modules-commonjs': '^7.29.14' }
const TYPED = ['@types/node', '@types/express']
const TSCONFIG = {
  compilerOptions: { target: 'es2023', module: 'nodenext', types: ['node'], strict: true },
  include: ['*.ts'],
}
/** What the readers of the page have: a table with one token, and a log. */
const DATABASE = `
const { digestToken } = require('@patkit/core')
const row = { id: '1', scopes: ['drive:read'], userId: 'ada', expiresAt: null, revokedAt: null, ipAllowlist: null }
exports.findToken = async (digest) => (digest === digestToken('${TOKEN}') ? { ...row, digest } : null)
exports.auditSink = { write: async () => {} }
`
/** Values that Jest makes in its own realm, on the way of a request. */
const OTHER_REALM = `
const { createVerifier, digestToken, tokenFormat } = require('@patkit/core')
const request = require('supertest')
const { createApp } = require('./app.js')
test('a realm of its own', async () => {
  const written = []
  const key = new Uint8Array(32).fill(7)
  const format = tokenFormat({ prefix: 'acme_pat', peppers: [{ id: '1', key }], acceptUnpeppered: true })
  const row = {
    id: '1', scopes: ['drive:read'], userId: 'ada', ipAllowlist: ['127.0.0.1', '::1'],
    expiresAt: new Date(Date.now() + 60_000), revokedAt: null,
  }
  const resolve = async (digest) => (digest === digestToken('${TOKEN}') ? { ...row, digest } : null)
  const sink = { write: async (events) => void written.push(...events) }
  const app = createApp(createVerifier({ format, resolve, audit: { mode: 'required', sink } }))
  for (const _time of ['looked up', 'remembered']) {
    await request(app).get('/files').set('Authorization', 'Bearer ${TOKEN}').expect(200, { filesOf: 'ada' })
  }
  await request(app).get('/files').expect(401)
  expect(written.map(({ outcome }) => outcome)).toEqual(['allowed', 'allowed'])
})
`

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patkit-commonjs-'))
  const installs = sectionsOf(readFileSync(join(ROOT, PAGE), 'utf8')).flatMap((section) => section.installs)
  const manifest = { ...readerManifest([...installs, ...TYPED], inject('tarballs'), VERSIONS), type: 'commonjs' }
  const files = {
    ...filesOf(PAGE, ['js', 'ts']),
    'db.js': DATABASE,
    'realm.test.js': OTHER_REALM,
    'package.json': JSON.stringify(manifest),
    'tsconfig.json': JSON.stringify(TSCONFIG),
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  await runOrThrow('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline'], folder)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test('a CommonJS server answers', async () => {
  const code = readFileSync(join(folder, 'server.js'), 'utf8').replace('listen(3000', "listen(0, '127.0.0.1'")
  await writeFile(join(folder, 'server-on-free-port.js'), code)
  const server = spawn(process.execPath, ['server-on-free-port.js'], { cwd: folder })
  onTestFinished(() => void server.kill('SIGKILL'))
  const { value: line } = await createInterface(server.stdout)[Symbol.asyncIterator]().next()
  const get = async (headers: Record<string, string>) =>
    (await fetch(`http://127.0.0.1:${/^port (\d+)$/.exec(line)?.[1]}/files`, { headers })).status
  expect(await get({ authorization: `Bearer ${TOKEN}` })).toBe(200)
  expect(await get({})).toBe(401)
})

test.each([ROOT, join(ROOT, 'test')])('TypeScript of %s compiles it to CommonJS that runs', async (compiler) => {
  const out = ['--outDir', 'dist']
  await runOrThrow(process.execPath, [join(compiler, 'node_modules/typescript/bin/tsc'), ...out], folder)
  const program = "console.log(typeof require('./dist/verifier.js').verifier.verify)"
  expect((await runOrThrow(process.execPath, ['-e', program], folder)).stdout).toBe('function\n')
})

test('Jest runs tests with the configuration of the page', async () => {
  const run = await jest(['/app.test.js', '/realm.test.js'])
  expect(run).toMatchObject({ exitCode: 0, output: expect.stringContaining('Tests:       3 passed, 3 total') })
})

test('Jest runs tests that import, without a configuration', async () => {
  const run = await jest(['--config', '{}', '/lazy-app.test.js'], '--experimental-vm-modules')
  expect(run).toMatchObject({ exitCode: 0, output: expect.stringContaining('Tests:       1 passed, 1 total') })
})

test.skipIf(major < 24 || (major === 24 && minor < 9))('Jest of this Node requires ES modules', async () => {
  const run = await jest(['--config', '{}', '/app.test.js', '/realm.test.js'], '--experimental-vm-modules')
  expect(run).toMatchObject({ exitCode: 0, output: expect.stringContaining('Tests:       3 passed, 3 total') })
})

function jest(args: readonly string[], ...nodeOptions: readonly string[]): Promise<Run> {
  return runProgram(process.execPath, [...nodeOptions, 'node_modules/jest/bin/jest.js', ...args], folder)
}
