import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { delimiter, join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { digestToken, tokenFormat } from '@patkit/core'
import { sqlStore } from '@patkit/sql'
import { createTokenService } from '@patkit/tokens'
import { afterAll, expect, test } from 'vitest'
import { dialectOf } from '../../../test/servers/dialect.ts'
import { type Ended, patkit, scratchFolder } from './terminal.ts'

const ROOT = resolve(import.meta.dirname, '../../..')

const folder = scratchFolder()
const bin = join(folder, 'bin')
const examples: string[] = []
const options = new Set(['--version'])
const NARROW = 60

/** Every command, as the help of its group lists it. */
async function commands(path: readonly string[] = []): Promise<string[][]> {
  const { stdout } = await patkit([...path, '--help'])
  const [, listed = ''] = /\nCommands:\n([\s\S]*?)\n\n/.exec(`${stdout}\n`) ?? []
  const names = [...listed.matchAll(/^ {2}([a-z][a-z-]*)(?= )/gm)].map(([, name]) => name as string)
  const below = names.filter((name) => name !== 'help')
  if (below.length === 0) return [[...path]]
  return (await Promise.all(below.map((name) => commands([...path, name])))).flat()
}

const leaves = await commands()
/** The one command that has others below it. */
const all = [...leaves, ['serve']]

test('there are these commands', () => {
  expect(leaves.map((path) => path.join(' '))).toMatchInlineSnapshot(`
    [
      "migrate",
      "token create",
      "token list",
      "token show",
      "token update",
      "token rotate",
      "token revoke",
      "token regenerate",
      "token delete",
      "token notices",
      "token confirm-notices",
      "principal create",
      "principal disable",
      "principal enable",
      "principal list",
      "principal erase",
      "revoke-all",
      "invalidate",
      "audit list",
      "audit export",
      "audit prune",
      "verify",
      "import",
      "scopes",
      "doctor",
      "gitleaks",
      "serve link",
      "serve administrator list",
      "serve administrator add",
      "serve administrator remove",
    ]
  `)
})

for (const path of all) {
  const { stdout } = await patkit([...path, '--help'])
  for (const [, option] of stdout.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)) options.add(option as string)
  const shown = stdout.slice(stdout.indexOf('\nExamples:\n') + '\nExamples:\n'.length)
  examples.push(
    ...shown
      .trimEnd()
      .split('\n')
      .map((line) => line.trim()),
  )
  test(`${path.join(' ')} has --json, and examples of itself`, () => {
    expect(stdout).toContain('--json')
    expect(stdout).toContain('\nExamples:\n')
    expect(shown).toContain(`patkit ${path.join(' ')}`)
  })
}

test('the pages of the command line have every option, and no other', () => {
  const pages = ['docs/reference/cli.md', 'docs/guides/serve.md'].map((page) => readFileSync(join(ROOT, page), 'utf8'))
  const written = new Set(pages.join('\n').match(/(?<=[`\s])--[a-z][a-z-]+/g))
  for (const ofNpm of ['--global', '--save-dev']) written.delete(ofNpm)
  expect([...written].sort()).toEqual([...options].sort())
})

test.each(['', ...all.map((path) => path.join(' '))])('patkit %s: help fits a narrow terminal', async (line) => {
  const path = line.split(' ').filter(Boolean)
  const narrow = (await patkit([...path, '--help'], { columns: NARROW })).stdout
  const wide = (await patkit([...path, '--help'], { columns: 500 })).stdout
  expect(narrow.split(/\s+/)).toEqual(wide.split(/\s+/))
  // Text to copy stays whole.
  const prose = narrow.slice(0, narrow.indexOf('\nExamples:\n'))
  for (const line of prose.split('\n')) expect(line.length, line).toBeLessThanOrEqual(NARROW)
})

test('the help of the program names exit codes, and commands that work', async () => {
  const { stdout, code } = await patkit(['--help'])
  expect(code).toBe(0)
  for (const line of ['0    done', '1    refused', '2    wrong usage', '3    the database', '130  interrupted']) {
    expect(stdout).toContain(line)
  }
  for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
})

/** What the examples take for granted: people, two tokens, and one of them in a file. */
async function prepared(): Promise<string> {
  const place = join(folder, 'prepared')
  mkdirSync(place)
  const store = sqlStore({ dialect: dialectOf(`sqlite:${join(place, 'tokens.db')}`) })
  await store.migrate()
  const ids = ['01923e1c-7d2a-7000-8000-5b1f6f0c7a11', '01923e1c-7d2a-7000-8000-5b1f6f0c7a22']
  const tokens = createTokenService({
    store,
    format: tokenFormat({ prefix: 'acme_pat' }),
    ids: () => ids.shift() ?? randomUUID(),
  })
  const actor = { id: 'test', scopes: null }
  const owner = { organizationId: 'default', principalId: 'ada' }
  for (const principalId of ['ada', 'ci', 'bob']) {
    await tokens.putPrincipal(actor, { ...owner, principalId, kind: 'user', disabledAt: null, ceiling: null })
  }
  const { secret } = await tokens.create(actor, owner, { name: 'backup', scopes: ['drive:read'] })
  const { token } = await tokens.create(actor, owner, { name: 'old' })
  await tokens.revoke(actor, owner, token.id)
  await tokens.close()
  await store[Symbol.asyncDispose]()
  writeFileSync(join(place, 'token.txt'), `${secret.reveal()}\n`)
  const digest = digestToken('a token of another system')
  const created = '2026-01-02 03:04:05'
  writeFileSync(
    join(place, 'tokens.csv'),
    `id,tokenable_type,tokenable_id,name,token,abilities,created_at\n1,User,7,phone,${digest},[],${created}\n`,
  )
  writeFileSync(join(place, 'keys.jsonl'), JSON.stringify({ digest, principal: 'robot' }))
  return place
}

/** A `patkit` on the PATH that has its command line run in this process, and an `npx` that knows no other program. */
function installed(socket: string): void {
  mkdirSync(bin)
  const patkit = `#!${process.execPath}
const [{ connect }, { readFileSync }] = [require('node:net'), require('node:fs')]
const args = process.argv.slice(2)
const stdin = args[0] === 'verify' ? readFileSync(0, 'utf8') : ''
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('PATKIT_')))
let answer = ''
connect(${JSON.stringify(socket)})
  .on('data', (chunk) => { answer += chunk })
  .on('end', () => {
    const { code, stdout, stderr } = JSON.parse(answer)
    process.exitCode = code
    process.stderr.write(stderr)
    process.stdout.write(stdout)
  })
  .end(JSON.stringify({ args, stdin, env, cwd: process.cwd() }))
`
  for (const [name, program] of Object.entries({ patkit, npx: '#!/bin/sh\nexec "$@"\n' })) {
    writeFileSync(join(bin, name), program)
    chmodSync(join(bin, name), 0o755)
  }
}

const socket = join(folder, 'socket')
const server = createServer({ allowHalfOpen: true }, (connection) => {
  let asked = ''
  connection.on('data', (chunk) => {
    asked += chunk
  })
  connection.on('end', async () => {
    const { args, ...around } = JSON.parse(asked)
    connection.end(JSON.stringify(await patkit(args, { ...around, clock: Date.now }).catch(failed)))
  })
}).listen(socket)
await once(server, 'listening')
afterAll(() => void server.close())
installed(socket)
const place = await prepared()

function failed(error: Error): Ended {
  return { code: 99, stdout: '', stderr: error.message }
}

const { stdout: programHelp } = await patkit(['--help'])
const ofHelp = programHelp.slice(programHelp.indexOf('\nExamples:\n') + '\nExamples:\n'.length)

/** Commands typed one after the other in an empty folder: the blocks of a page continue each other. */
const SESSIONS: readonly (readonly [what: string, script: string])[] = [
  ['the help of the program', ofHelp],
  ...['docs/guides/management.md', 'docs/guides/serve.md', 'docs/reference/cli.md', 'packages/cli/README.md'].map(
    (page) => [page, scriptOf(page)] as const,
  ),
]

/** The blocks that use the program, without those that install it. */
function scriptOf(file: string): string {
  const blocks = readFileSync(join(ROOT, file), 'utf8').matchAll(/^```sh\n([\s\S]*?)^```$/gm)
  const ours = [...blocks].map(([, block = '']) => block).filter((block) => /^(?:npx )?patkit /m.test(block))
  return ours.filter((block) => !/^npm install/m.test(block)).join('\n')
}

test.each(SESSIONS)('%s is a session that works in an empty folder', async (_, script) => {
  expect(script.match(/^ *(?:npx )?patkit /gm)?.length).toBeGreaterThanOrEqual(4)
  const cwd = join(folder, randomUUID())
  mkdirSync(cwd)
  await succeeds(script, cwd, { PATKIT_PORT: '0' })
})

test.each([...new Set(examples)])('$ %s', async (line) => {
  const cwd = join(folder, randomUUID())
  cpSync(place, cwd, { recursive: true })
  await succeeds(line, cwd, { PATKIT_DB: 'sqlite:tokens.db', PATKIT_PREFIX: 'acme_pat', PATKIT_PORT: '0' })
})

async function succeeds(script: string, cwd: string, env: Readonly<Record<string, string>>): Promise<void> {
  const path = `${bin}${delimiter}${process.env.PATH}`
  const shell = spawn('sh', ['-e', '-c', script], { cwd, env: { ...env, PATH: path } })
  const closed = once(shell, 'close')
  shell.stdin.end()
  shell.stdout.resume()
  const stderr = await text(shell.stderr)
  expect((await closed)[0], stderr).toBe(0)
  expect(stderr).not.toContain('patkit:')
}
