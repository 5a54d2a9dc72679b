import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { tokenFormat } from '@patkit/core'
import { sqlStore } from '@patkit/sql'
import { createTokenService } from '@patkit/tokens'
import { expect, test } from 'vitest'
import { bundledProgram } from '../../../test/servers/bundled-program.ts'
import { dialectOf } from '../../../test/servers/dialect.ts'
import { freePort } from '../../../test/servers/test-server.ts'
import { waitUntil } from '../../../test/servers/wait-until.ts'
import { bench } from './sqlite.ts'
import { scratchFolder } from './terminal.ts'

const ROOT = resolve(import.meta.dirname, '../../..')
const PATKIT = [process.execPath, await bundledProgram('packages/cli/src/main.ts')] as const

const TOKENS = 500
const PROGRESS = /Revoking: [1-9]\d* tokens? revoked/

const folder = scratchFolder()
const ada = await bench(folder)

function start([command, ...args]: readonly string[], env: Readonly<Record<string, string>>): ChildProcess {
  return spawn(command as string, args, { cwd: folder, env: { PATH: process.env.PATH, ...env } })
}

async function ended(
  child: ChildProcess,
  stdin = '',
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  child.stdin?.end(stdin)
  const closed = once(child, 'close')
  const [stdout, stderr] = await Promise.all([text(child.stdout as never), text(child.stderr as never)])
  return { code: (await closed)[0], stdout, stderr }
}

test('prints its version and its help, and exits with the right code', async () => {
  const shown = await ended(start([...PATKIT, '--version'], {}))
  expect(shown).toEqual({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), stderr: '' })
  expect(await ended(start([...PATKIT, 'nonsense'], {}))).toMatchObject({ code: 2, stdout: '' })
})

test('a token goes from a pipe to a verdict', async () => {
  const { secret } = await ada.issue()
  const said = await ended(start([...PATKIT, 'verify', '--json'], ada.env), `${secret}\n`)
  expect(said).toMatchObject({ code: 0, stderr: '' })
  expect(JSON.parse(said.stdout)).toMatchObject({ allowed: true })
  expect(said.stdout).not.toContain(secret)
})

test('the reader of an export may go', async () => {
  const command = `${PATKIT.map((word) => `'${word}'`).join(' ')} audit export | head -n 1`
  const said = await ended(start(['sh', '-c', command], ada.env))
  expect(said).toMatchObject({ code: 0, stderr: '' })
  expect(JSON.parse(said.stdout)).toMatchObject({ kind: 'change' })
})

/** A terminal for a program, where the system has one to give. */
const SCRIPT = '/usr/bin/script'

/** As `pnpm patkit` runs it: a loader with a process of its own would end without a word. */
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
const STARTS = [
  ['the program', PATKIT.map((word) => `'${word}'`).join(' ')],
  ["the workspace's script", `cd '${ROOT}' && ${scripts.patkit}`],
]

test.skipIf(!existsSync(SCRIPT) || process.platform !== 'linux').each(STARTS)(
  'a terminal sees how far it is, and control-C ends it in good order: %s',
  async (_, command) => {
    const { revoked, close } = await manyTokens()
    const line = `stty cols 60; ${command} revoke-all --organization default --yes`
    const child = start([SCRIPT, '--quiet', '--return', '--command', line, '/dev/null'], { ...ada.env, TERM: 'xterm' })
    let seen = ''
    const end = once(child, 'close')
    child.stdout?.on('data', (chunk) => {
      const before = PROGRESS.test(seen)
      seen += chunk
      if (!before && PROGRESS.test(seen)) child.stdin?.write('\u0003')
    })
    expect((await end)[0]).toBe(130)
    expect(seen).toMatch(/interrupted: \d+ tokens revoked/)
    expect(await revoked()).toBeLessThan(TOKENS)
    await close()
  },
)

test('an interruption ends a long command in good order', async () => {
  const { revoked, close } = await manyTokens()
  const child = start([...PATKIT, 'revoke-all', '--organization', 'default', '--yes'], ada.env)
  const end = ended(child)
  await waitUntil(async () => (await revoked()) > 0)
  child.kill('SIGINT')
  expect(await end).toMatchObject({
    code: 130,
    stdout: '',
    stderr: expect.stringMatching(/interrupted: \d+ tokens revoked/),
  })
  expect(await revoked()).toBeLessThan(TOKENS)
  await close()
})

test('a server that accepts and says nothing is given up soon', async () => {
  const silent = createServer().listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port } = silent.address() as { port: number }
  const tries = ['postgres', 'mysql'].map(async (engine) => {
    const env = { PATKIT_DB: `${engine}://ada:hunter-zwei@127.0.0.1:${port}/tokens` }
    const said = await ended(start([...PATKIT, 'token', 'list'], env))
    expect(said).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('cannot be used') })
    expect(said.stderr).not.toContain('hunter-zwei')
  })
  await Promise.all(tries)
  silent.close()
})

test('a port without a listener ends it with 3', async () => {
  const env = { PATKIT_DB: `postgres://127.0.0.1:${await freePort()}/tokens` }
  expect(await ended(start([...PATKIT, 'token', 'list'], env))).toMatchObject({ code: 3, stdout: '' })
})

/** So many that revoking them takes a while. */
async function manyTokens() {
  const store = sqlStore({ dialect: dialectOf(ada.env.PATKIT_DB as string) })
  const tokens = createTokenService({ store, format: tokenFormat({ prefix: 'acme_pat' }) })
  const actor = { id: 'test', scopes: null }
  const owner = { organizationId: 'default', principalId: 'ada' }
  await tokens.deleteAll(actor, owner)
  for (let n = 0; n < TOKENS; n++) await tokens.create(actor, owner, { name: `n${n}` })
  return {
    async revoked() {
      let count = 0
      for await (const { revokedAt } of store.scan()) if (revokedAt !== null) count++
      return count
    },
    close: async () => store[Symbol.asyncDispose](),
  }
}
