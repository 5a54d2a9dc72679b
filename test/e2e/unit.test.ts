import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { cleanUp, type Program, runStart, startExample, temporaryFolder } from './example-program.ts'

afterAll(cleanUp)

interface Introduction {
  readonly url: string
  readonly credentials: { readonly token: string; readonly userId: string }
  readonly routes: { readonly customers: string }
}

const DATA = {
  type: 'apiToken',
  attributes: { description: 'Production token', scope: 'customers', expiration: '2999-07-01T13:47:17.000Z' },
}

async function started(data: string): Promise<readonly [Program, Introduction]> {
  const program = startExample('unit', '--json', '--port', '0', '--data', data)
  return [program, JSON.parse(await program.nextLine())]
}

async function ask(url: string, token: string, method: string, path: string, body?: object) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/vnd.api+json' }
  const response = await fetch(`${url}${path}`, {
    method,
    headers,
    body: body === undefined ? null : JSON.stringify(body),
  })
  return { status: response.status, ...((await response.json()) as { readonly data: never }) }
}

test('tokens and ids live on after a restart', async () => {
  const data = await temporaryFolder()
  const [first, { url, credentials, routes }] = await started(data)
  expect([credentials.userId, routes]).toEqual(['2', { customers: 'GET /customers' }])
  expect(credentials.token).toMatch(/^v2\.public\.eyJyb2xlIjoib3JnI/)
  const made = await ask(url, credentials.token, 'POST', '/users/2/api-tokens', { data: DATA })
  const { id, attributes } = made.data as { id: string; attributes: { token: string } }
  expect([made.status, id]).toEqual([201, '3'])
  expect(await first.stop('SIGTERM')).toEqual({ code: 0, signal: null })
  expect((await stat(join(data, 'unit.key'))).mode & 0o777).toBe(0o600)

  const [second, again] = await started(data)
  const { token } = again.credentials
  expect((await ask(again.url, attributes.token, 'GET', '/customers')).status).toBe(200)
  expect((await ask(again.url, credentials.token, 'GET', '/customers')).status).toBe(200)
  const next = await ask(again.url, token, 'POST', '/users/2/api-tokens', { data: DATA })
  expect((next.data as { id: string }).id).toBe('4')
  expect((await ask(again.url, token, 'DELETE', `/users/2/api-tokens/${id}`)).status).toBe(200)
  expect((await ask(again.url, attributes.token, 'GET', '/customers')).status).toBe(401)
  expect(await second.stop('SIGTERM')).toEqual({ code: 0, signal: null })
})

test('the calls that are printed are those of the document, and their headings are true', async () => {
  const program = startExample('unit', '--port', '0', '--data', await temporaryFolder())
  const lines: string[] = []
  while (!lines.at(-1)?.includes('No token') || lines.length < 3) lines.push(await program.nextLine())
  lines.push(await program.nextLine())
  const calls = lines.flatMap((line, index) => {
    const status = /: (\d{3})$/.exec(line)?.[1]
    return status === undefined ? [] : [{ status: Number(status), curl: lines[index + 1] ?? '' }]
  })
  expect(calls).toHaveLength(7)
  for (const { status, curl } of calls) {
    expect([curl, (await fetch(...requestOf(curl))).status]).toEqual([curl, status])
  }
  expect(await program.stop('SIGTERM')).toEqual({ code: 0, signal: null })
})

test('an invalid key is named, and not shown', async () => {
  const data = await temporaryFolder()
  await writeFile(join(data, 'unit.key'), 'k2.secret.hidden')
  const { code, stdout, stderr } = await runStart('unit', '--port', '0', '--data', data)
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toMatch(/^unit: .*unit\.key is no k2\.secret key; without the file, a new one is made\n$/)
  expect(stderr).not.toContain('hidden')
})

/** What curl would send. */
function requestOf(curl: string): [string, RequestInit] {
  const headers = Object.fromEntries(
    [...curl.matchAll(/-H "([\w-]+): ([^"]*)"/g)].map(([, name, value]) => [name, value]),
  )
  const method = /-X (\w+)/.exec(curl)?.[1] ?? 'GET'
  return [curl.split(' ').at(-1) ?? '', { method, headers, body: /-d '([^']*)'/.exec(curl)?.[1] ?? null }]
}
