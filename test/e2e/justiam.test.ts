import { afterAll, afterEach, expect, test, vi } from 'vitest'
import { cleanUp, runProgram, runStart, startExample, startThroughPnpm, temporaryFolder } from './example-program.ts'
import { printedCalls, sent } from './printed-calls.ts'
import { readFolder, sha256 } from './stored-files.ts'

afterAll(cleanUp)
afterEach(() => void vi.unstubAllEnvs())

/** The first line of `--json`. */
interface Introduction {
  readonly url: string
  readonly credentials: Readonly<Record<'userJwt' | 'adminJwt' | 'userId' | 'serviceAccountId', string>>
  readonly routes: Readonly<Record<string, string>>
}

const ME = '/api/v1/me/tokens'
const CREATION = { name: 'CI pipeline', expires_in_days: 90 }

test('the document, from its first call to its last, on the program that pnpm starts', async () => {
  const program = startThroughPnpm('justiam', '--json', '--port', '0', '--data', await temporaryFolder())
  const { url, credentials, routes }: Introduction = JSON.parse(await program.nextLine())
  const { userJwt, adminJwt, serviceAccountId } = credentials
  expect(Object.keys(credentials)).toEqual(['userJwt', 'adminJwt', 'userId', 'serviceAccountId'])
  expect(routes).toMatchObject({ createToken: `POST ${ME}`, revokeToken: `DELETE ${ME}/{id}` })

  const { status, body: made } = await ask(url, `POST ${ME}`, userJwt, CREATION)
  expect([status, Object.keys(made)]).toEqual([201, ['id', 'name', 'token', 'expires_at']])
  expect((await ask(url, `GET ${ME}?page=1&limit=25`, made.token)).body).toMatchObject({
    ...{ total: 1, page: 1, limit: 25 },
    data: [{ id: made.id, name: 'CI pipeline', expires_at: made.expires_at }],
  })
  expect((await ask(url, 'GET /api/v1/users', made.token)).status).toBe(200)
  expect((await ask(url, `DELETE ${ME}/${made.id}`, userJwt)).status).toBe(204)
  expect((await ask(url, 'GET /api/v1/users', made.token)).status).toBe(401)

  const path = `/api/v1/users/${serviceAccountId}/tokens`
  expect((await ask(url, `POST ${path}`, userJwt, CREATION)).status).toBe(403)
  const { body: runner } = await ask(url, `POST ${path}`, adminJwt, { name: 'Terraform runner', expires_in_days: 365 })
  expect((await ask(url, 'GET /api/v1/users', runner.token)).status).toBe(200)
  expect((await ask(url, `GET ${path}`, adminJwt)).body).toMatchObject({ total: 1, data: [{ id: runner.id }] })
  expect((await ask(url, `DELETE ${path}/${runner.id}`, adminJwt)).status).toBe(204)
  expect((await ask(url, 'GET /api/v1/users', runner.token)).status).toBe(401)
  await program.stop('SIGINT')
})

test('a token in JUSTIAM_TOKEN is a bearer token for a script, and so is a JWT', async () => {
  const program = startExample('justiam', '--json', '--port', '0', '--data', await temporaryFolder())
  const { url, credentials }: Introduction = JSON.parse(await program.nextLine())
  const path = `/api/v1/users/${credentials.serviceAccountId}/tokens`
  const { body } = await ask(url, `POST ${path}`, credentials.adminJwt, CREATION)
  for (const [token, status] of [
    [body.token, '200'],
    [credentials.userJwt, '200'],
    ['justiam_pat_xxxxxxxxxxxxxxxx', '401'],
  ]) {
    vi.stubEnv('JUSTIAM_TOKEN', token)
    expect((await runProgram('test/e2e/justiam-script.ts', [url])).stdout.slice(0, 3)).toBe(status)
  }
  await program.stop('SIGTERM')
})

test('the database holds SHA-256 digests, and no token', async () => {
  const folder = await temporaryFolder()
  const program = startExample('justiam', '--json', '--port', '0', '--data', folder)
  const { url, credentials }: Introduction = JSON.parse(await program.nextLine())
  const { body } = await ask(url, `POST ${ME}`, credentials.userJwt, CREATION)
  await ask(url, `GET ${ME}`, body.token)
  expect(await program.stop('SIGTERM')).toEqual({ code: 0, signal: null })
  expect(await program.lastLines()).toEqual([])
  const stored = await readFolder(folder)
  expect([stored.includes(body.token), stored.includes(sha256(body.token))]).toEqual([false, true])
  expect(stored.includes(credentials.userJwt)).toBe(false)
})

test('another start keeps tokens and forgets sessions', async () => {
  const folder = await temporaryFolder()
  const first = startExample('justiam', '--json', '--port', '0', '--data', folder)
  const before: Introduction = JSON.parse(await first.nextLine())
  const { body } = await ask(before.url, `POST ${ME}`, before.credentials.userJwt, CREATION)
  await first.stop('SIGTERM')
  const again = startExample('justiam', '--json', '--port', '0', '--data', folder)
  const { url }: Introduction = JSON.parse(await again.nextLine())
  expect((await ask(url, `GET ${ME}`, body.token)).body).toMatchObject({ total: 1, data: [{ id: body.id }] })
  expect((await ask(url, `GET ${ME}`, before.credentials.userJwt)).status).toBe(401)
  await again.stop('SIGTERM')
})

test('what it prints works when it is pasted, and answers as it says', async () => {
  const program = startExample('justiam', '--port', '0', '--data', await temporaryFolder())
  const calls = await printedCalls(program, 'Service accounts cannot log in')
  expect(calls).toHaveLength(14)
  for (const { heading, status, line } of calls) expect(await sent(line), heading).toBe(status)
})

test('--help says how it is used', async () => {
  const { code, stdout } = await runStart('justiam', '--help')
  expect([code, stdout]).toEqual([0, expect.stringContaining('Usage: npx -y pnpm start justiam [options]')])
})

interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: members are what the assertions say
  readonly body: any
}

async function ask(url: string, request: string, token: string, body?: object): Promise<Answer> {
  const [method = '', path = ''] = request.split(' ')
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) }
  const response = await fetch(`${url}${path}`, init)
  const text = await response.text()
  return { status: response.status, body: text === '' ? null : JSON.parse(text) }
}
