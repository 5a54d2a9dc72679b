import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cleanUp, type Ending, linesUntil, type Program, startThroughPnpm, temporaryFolder } from './example-program.ts'
import { printedCalls, sent } from './printed-calls.ts'
import {
  type Answer,
  ATTEMPTS,
  type Attempt,
  type CredentialName,
  type Event,
  expectedAnswer,
  expectedEvents,
  nameOf,
} from './quickstart-outcomes.ts'
import {
  type Framework,
  type Introduction,
  refusalOf,
  runQuickstart,
  startJson,
  startQuickstart,
} from './quickstart-program.ts'
import { readFolder, sha256 } from './stored-files.ts'

interface Transcript {
  readonly introduction: Introduction
  readonly answers: ReadonlyMap<string, Answer>
  /** Everything printed behind the introduction while the program ran. */
  readonly lines: readonly string[]
  /** Its output after the signal to stop. */
  readonly lastLines: readonly string[]
  readonly stored: Buffer
  readonly ending: Ending
}

const FRAMEWORKS: readonly Framework[] = ['express', 'koa', 'hono']
const LAST: Attempt = { credential: 'write', route: 'GET /whoami' }
/** Of `GET /whoami`, by token. */
const STATUSES = { read: 200, write: 200, machine: 200, expired: 401, revoked: 401, elsewhere: 401 }
const LAST_ID = 'the last request'
/** Well-formed, with its checksum, but unknown. */
const UNKNOWN = 'acme_pat_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17'

const transcripts = new Map<Framework, Transcript>()

beforeAll(async () => {
  for (const framework of FRAMEWORKS) transcripts.set(framework, await record(framework))
})
afterAll(cleanUp)

describe.each(FRAMEWORKS)('the quickstart on %s', (framework) => {
  const transcript = () => transcripts.get(framework) as Transcript

  test('introduces itself', () => {
    expect(transcript().introduction).toEqual({
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      framework,
      console: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/sign-in#code=[\w-]{43}$/),
      tokens: Object.fromEntries(
        ['read', 'write', 'machine', 'expired', 'revoked', 'elsewhere'].map((name) => [name, expect.any(String)]),
      ),
    })
  })

  test.each(ATTEMPTS)('answers $credential on $route', (attempt) => {
    expect(transcript().answers.get(nameOf(attempt))).toEqual(expectedAnswer(attempt))
  })

  test.each(ATTEMPTS)('prints the events of $credential on $route', (attempt) => {
    expect(eventsOf(transcript(), attempt)).toEqual(expectedEvents(attempt))
  })

  test('prints nothing that a token could be made of', () => {
    const { introduction, lines } = transcript()
    const printed = lines.join('\n')
    for (const token of [...Object.values(introduction.tokens), UNKNOWN]) {
      expect(printed).not.toContain(token)
      expect(printed).not.toContain(sha256(token))
    }
  })

  test('stores digests, never tokens', () => {
    const { introduction, stored } = transcript()
    for (const token of Object.values(introduction.tokens)) {
      expect(stored.includes(token)).toBe(false)
      expect(stored.includes(sha256(token))).toBe(true)
    }
  })

  test('ends quietly on SIGTERM', () => {
    expect(transcript().ending).toEqual({ code: 0, signal: null })
    expect(transcript().lastLines).toEqual([])
  })
})

test('answers are the same in all three frameworks', () => {
  const { express, koa, hono } = Object.fromEntries([...transcripts].map(([name, { answers }]) => [name, answers]))
  expect(express?.size).toBe(ATTEMPTS.length)
  expect(koa).toEqual(express)
  expect(hono).toEqual(express)
})

test('ends quietly on SIGINT, half a request notwithstanding', async () => {
  const { program, introduction } = await startJson(await temporaryFolder())
  const client = connect(Number(new URL(introduction.url).port), '127.0.0.1')
  client.on('error', () => {})
  client.write('GET /public HTTP/1.1\r\n')
  await once(client, 'connect')
  // Answered after the half has been read: connections are taken in turn.
  await status(introduction, introduction.tokens.read)
  expect(await program.stop('SIGINT')).toEqual({ code: 0, signal: null })
  client.destroy()
})

test('starts through pnpm with the introduction as the first line', async () => {
  const program = startThroughPnpm('--json', '--port', '0', '--data', await temporaryFolder(), '--framework', 'hono')
  const introduction: Introduction = JSON.parse(await program.nextLine())
  expect(introduction.framework).toBe('hono')
  expect(await status(introduction, introduction.tokens.read)).toBe(200)
  await program.stop('SIGINT')
})

describe('the data folder', () => {
  test('serves the tokens of every start', async () => {
    const folder = await temporaryFolder()
    const first = await startJson(folder)
    await first.program.stop('SIGTERM')
    const { introduction } = await startJson(folder, 'koa')
    for (const tokens of [introduction.tokens, first.introduction.tokens]) {
      expect(await statuses(introduction, tokens)).toEqual(STATUSES)
    }
  })

  test('keeps the changes to the tokens of every start', async () => {
    const folder = await temporaryFolder()
    for (let start = 0; start < 2; start++) await (await startJson(folder)).program.stop('SIGTERM')
    expect(inspectHistory(folder, 'token-read')).toEqual(['create'])
    expect(inspectHistory(folder, 'token-revoked')).toEqual(['create', 'revoke'])
    expect(inspectTable(folder)).toEqual({ integrity: 'ok', rows: 12 })
  })

  test('is created if it is missing', async () => {
    const folder = join(await temporaryFolder(), 'not', 'yet')
    const { introduction } = await startJson(folder)
    expect(await status(introduction, introduction.tokens.read)).toBe(200)
  })

  test('survives several programs at once', async () => {
    const folder = join(await temporaryFolder(), 'not', 'yet')
    const started = await Promise.all(FRAMEWORKS.map((framework) => startJson(folder, framework)))
    for (const { introduction } of started) {
      for (const other of started) expect(await statuses(introduction, other.introduction.tokens)).toEqual(STATUSES)
    }
    expect(inspectTable(folder)).toEqual({ integrity: 'ok', rows: 18 })
  })

  test('keeps the tokens of a running program when another cannot have its port', async () => {
    const folder = await temporaryFolder()
    const { introduction } = await startJson(folder)
    const { port } = new URL(introduction.url)
    const second = await runQuickstart('--port', port, '--data', folder)
    expect(second).toEqual({ code: 1, stdout: '', stderr: expect.stringContaining(`port ${port}`) })
    expect(await status(introduction, introduction.tokens.read)).toBe(200)
  })
})

test('takes the next free port where the default one is in use, and says so', async () => {
  const start = async () => {
    const program = startQuickstart('--json', '--data', await temporaryFolder())
    const { url }: Introduction = JSON.parse(await program.nextLine())
    return { program, url, port: Number(new URL(url).port) }
  }
  const other = createServer().listen(3000, '127.0.0.1')
  const isOwn = await once(other, 'listening').then(
    () => true,
    () => false,
  )
  const first = await start()
  // Where a program that is not of this test had the port, it may have left it to the first one.
  const { program, url, port } = isOwn || first.port !== 3000 ? first : await start()
  expect(port).toBeGreaterThan(3000)
  await program.stop('SIGTERM')
  expect(await program.complaint).toBe(`quickstart: port 3000 is in use; listening on ${url} instead\n`)
  other.close()
})

describe('what keeps it from starting is said in one line', () => {
  test.each([
    { args: ['--framework', 'fastify'], line: 'unknown framework "fastify"; there are express, koa, hono' },
    { args: ['--framework', 'constructor'], line: 'unknown framework "constructor"; there are express, koa, hono' },
    { args: ['--framework'], line: '--framework needs a value' },
    { args: ['--verbose'], line: 'unknown option --verbose; see --help' },
    { args: ['--constructor'], line: 'unknown option --constructor; see --help' },
    { args: ['--json=yes'], line: '--json takes no value' },
    { args: ['koa'], line: 'unexpected argument "koa"' },
    { args: ['--data='], line: '--data needs a value' },
    ...['65536', '-1', '3000x', '1e3', '0x50', ' 80', '3.5'].map((port) => ({
      args: ['--port', port],
      line: `--port must be a number from 0 to 65535, not "${port}"`,
    })),
  ])('$args', async ({ args, line }) => {
    expect(await refusalOf(...args)).toEqual({ code: 1, stdout: '', stderr: `quickstart: ${line}\n` })
  })

  test('a busy port', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const ended = await runQuickstart('--port', String(port), '--data', await temporaryFolder())
    other.close()
    const line = `quickstart: cannot listen on port ${port}: it is in use; --port 0 takes a free one\n`
    expect(ended).toEqual({ code: 1, stdout: '', stderr: line })
  })

  test.each(['a-file', 'a-file/below'])('a data folder at %s', async (path) => {
    const folder = await temporaryFolder()
    await writeFile(join(folder, 'a-file'), '')
    await expectRefused(join(folder, path), 'cannot write to the data folder')
  })

  test.runIf(process.platform === 'linux')('a data folder that the system refuses', async () => {
    await expectRefused('/proc/patkit/data', 'cannot write to the data folder')
  })

  test('a file that is not a database', async () => {
    const folder = await temporaryFolder()
    await writeFile(join(folder, 'quickstart.sqlite'), 'neither a table nor a row. '.repeat(100))
    await expectRefused(folder, 'cannot use the database')
  })
})

test('--help says how it is used', async () => {
  const { code, stdout, stderr } = await runQuickstart('--help')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  for (const option of ['--framework', '--port', '--data', '--json']) expect(stdout).toContain(option)
})

test.each(FRAMEWORKS)('the printed curl lines answer as their headings say (%s)', async (framework) => {
  const program = startQuickstart('--port', '0', '--data', await temporaryFolder(), '--framework', framework)
  const calls = await printedCalls(program, 'A token without a user')
  expect(calls).toHaveLength(14)
  for (const { heading, status, line } of calls) expect(await sent(line), heading).toBe(status)
  expect(await outcomesUntil(program, 'user_required')).toEqual([
    ...['allowed', 'allowed', 'allowed', 'allowed'],
    ...['missing_credential', 'malformed_credential', 'malformed_token', 'unknown_token'],
    ...['expired', 'revoked', 'ip_denied'],
    ...['allowed', 'insufficient_scope', 'allowed', 'user_required'],
  ])
})

async function record(framework: Framework): Promise<Transcript> {
  const folder = await temporaryFolder()
  const { program, introduction } = await startJson(folder, framework)
  const answers = new Map<string, Answer>()
  for (const attempt of ATTEMPTS) answers.set(nameOf(attempt), await ask(introduction, attempt, nameOf(attempt)))
  await ask(introduction, LAST, LAST_ID)
  const lines = await linesUntil(program, (line) => requestOf(line) === LAST_ID)
  const stored = await readFolder(folder)
  const ending = await program.stop('SIGTERM')
  return { introduction, answers, lines, lastLines: await program.lastLines(), stored, ending }
}

async function ask(introduction: Introduction, { credential, route }: Attempt, id: string): Promise<Answer> {
  const [method, path] = route.split(' ') as [string, string]
  const presented = presentedBy(credential, introduction)
  const authorization = presented === null ? {} : { authorization: `Bearer ${presented}` }
  const headers = { 'user-agent': 'e2e', 'x-request-id': id, ...authorization }
  const response = await fetch(introduction.url + path, { method, headers })
  const said = await response.text()
  return {
    status: response.status,
    challenge: response.headers.get('www-authenticate'),
    body: response.status === 404 ? null : JSON.parse(said),
  }
}

function presentedBy(credential: CredentialName, { tokens }: Introduction): string | null {
  if (credential === 'none') return null
  if (credential === 'malformed') return 'two words'
  if (credential === 'mistyped') return UNKNOWN.replace(/7$/, '8')
  return credential === 'unknown' ? UNKNOWN : tokens[credential]
}

/** Of each token. */
async function statuses(introduction: Introduction, tokens: Introduction['tokens']): Promise<Record<string, number>> {
  const rows = Object.entries(tokens).map(async ([name, token]) => [name, await status(introduction, token)] as const)
  return Object.fromEntries(await Promise.all(rows))
}

async function status({ url }: Introduction, token: string): Promise<number> {
  const response = await fetch(`${url}/whoami`, { headers: { authorization: `Bearer ${token}` } })
  return response.status
}

function requestOf(line: string): string {
  return (JSON.parse(line) as Event).request.id
}

function eventsOf({ lines }: Transcript, attempt: Attempt): readonly Event[] {
  return lines
    .map((line): Event => JSON.parse(line))
    .filter(({ request }) => request.id === nameOf(attempt))
    .map(({ kind, outcome, tokenId, userId, clientIp, requiredScopes, request }) => {
      return { kind, outcome, tokenId, userId, clientIp, requiredScopes, request }
    })
}

function inspectTable(folder: string): { readonly integrity: unknown; readonly rows: unknown } {
  const db = openDatabase(folder)
  const { integrity_check: integrity } = db.prepare('PRAGMA integrity_check').get()
  const { rows } = db.prepare('SELECT count(*) AS rows FROM patkit_token').get()
  db.close()
  return { integrity, rows }
}

function inspectHistory(folder: string, id: string): readonly string[] {
  const db = openDatabase(folder)
  const rows = db.prepare('SELECT action FROM patkit_change WHERE token_id = ? ORDER BY at, id').all(id)
  db.close()
  return rows.map(({ action }: { readonly action: string }) => action)
}

function openDatabase(folder: string) {
  const require = createRequire(import.meta.url)
  const Database = require('libsql')
  return new Database(join(folder, 'quickstart.sqlite'), { timeout: 5_000 })
}

async function expectRefused(dataFolder: string, problem: string): Promise<void> {
  const { code, stdout, stderr } = await refusalOf('--port', '0', '--data', dataFolder)
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toMatch(/^quickstart: [^\n]+\n$/)
  expect(stderr).toContain(`${problem} ${dataFolder}`)
}

async function outcomesUntil(program: Program, last: string): Promise<readonly string[]> {
  const events = await linesUntil(program, (line) => line.includes(`"outcome":"${last}"`))
  return events.filter((line) => line.startsWith('audit ')).map((line) => JSON.parse(line.slice(6)).outcome)
}
