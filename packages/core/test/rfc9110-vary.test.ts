import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { appendedHeaders, headersOnHead } from '@patkit/core/adapter'
import { expect, onTestFinished, test } from 'vitest'
import { createApi } from './api.ts'

test.each([
  [null, 'Authorization', 'Authorization'],
  ['', 'Authorization', 'Authorization'],
  ['Accept-Encoding', 'Authorization', 'Accept-Encoding, Authorization'],
  ['accept, AUTHORIZATION', 'Authorization, X-Api-Key', 'accept, AUTHORIZATION, X-Api-Key'],
  ['*', 'Authorization', '*'],
])('a Vary of %j with %j is %j', (present, more, expected) => {
  const response = { get: () => present }
  expect(appendedHeaders(response, { vary: more, headers: [] })).toEqual([['Vary', expected]])
})

test('names each header that is looked at for a credential once, and no forwarding header', () => {
  const varies = (options: object) => createApi({ trustedProxies: ['10.0.0.0/8'], ...options }).verifier.vary
  expect(varies({})).toBe('Authorization')
  expect(varies({ header: 'x-api-key' })).toBe('X-Api-Key')
  const credentials = [
    { header: 'authorization', scheme: 'Bearer' },
    { header: 'Authorization', scheme: 'Token' },
    { header: 'x-key' },
  ]
  expect(varies({ credentials })).toBe('Authorization, X-Key')
})

/** The `Vary` that a client of Node's own server gets. */
async function varyOf(answer: (response: ServerResponse) => void): Promise<string | null> {
  const server = createServer((_, response) => {
    headersOnHead(response, { vary: 'Authorization', headers: [] })
    answer(response)
  })
  onTestFinished(() => void server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  expect(await response.text()).toBe('answer')
  return response.headers.get('vary')
}

const HEADERS = Object.freeze({ vary: 'Origin', 'X-Other': '1' })

test.each<[string, string, (response: ServerResponse) => unknown]>([
  ['no head of its own', 'Authorization', () => {}],
  ['a header set before the head', 'Accept, Authorization', (response) => response.setHeader('Vary', 'Accept')],
  ['a head without headers', 'Authorization', (response) => response.writeHead(201)],
  ['a head with a reason', 'Authorization', (response) => response.writeHead(201, 'Made')],
  ['a head with headers', 'Authorization', (response) => response.writeHead(201, { 'X-Other': '1' })],
  ['a head with a Vary, in any case', 'Origin, Authorization', (response) => response.writeHead(200, HEADERS)],
  ['a reason and a Vary', 'Origin, Authorization', (response) => response.writeHead(200, 'Fine', HEADERS)],
  ['names and values in turn', 'Origin, Authorization', (response) => response.writeHead(200, ['Vary', 'Origin'])],
  ['names and values without Vary', 'Authorization', (response) => response.writeHead(200, ['X-Other', '1'])],
  [
    'a header before a head with headers',
    'Accept, Authorization',
    (response) => response.setHeader('Vary', 'Accept').writeHead(200, { 'X-Other': '1' }),
  ],
  [
    'a head whose Vary goes before that of a header',
    'Origin, Authorization',
    (response) => response.setHeader('Vary', 'Accept').writeHead(200, HEADERS),
  ],
])('Vary is appended to what the app writes: %s', async (_, expected, writeHead) => {
  const answer = (response: ServerResponse) => {
    writeHead(response)
    response.end('answer')
  }
  expect(await varyOf(answer)).toBe(expected)
  expect(HEADERS).toEqual({ vary: 'Origin', 'X-Other': '1' })
})

test('a runtime without a response of Node is left alone', () => {
  expect(headersOnHead(undefined, { vary: 'Authorization', headers: [] })).toBe(false)
  expect(headersOnHead(undefined, { vary: null, headers: [] })).toBe(true)
})
