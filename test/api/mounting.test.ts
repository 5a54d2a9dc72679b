import { createForwardAuth } from '@patkit/api'
import { actingAs } from '@patkit/core/testing'
import { afterEach, describe, expect, test } from 'vitest'
import { ADA, createHarness, type Harness } from '../../packages/api/test/harness.ts'
import { listening, MOUNTS, type Mounted } from './mounts.ts'

let close: () => void = () => {}
afterEach(() => close())

async function listen(app: Mounted): Promise<string> {
  const server = await listening(app)
  close = server.close
  return server.url
}
describe.each(Object.entries(MOUNTS))('%s', (_, mount) => {
  test('answers as the API itself does, and leaves other paths alone', async () => {
    const harness = await createHarness()
    const url = await listen(mount(harness.api))
    const made = await send(harness, url, 'POST', '/manage/tokens', '{"name":"a"}')
    expect([made.status, made.headers.get('cache-control')]).toEqual([201, 'no-store'])
    expect(await made.json()).toMatchObject({ name: 'a', status: 'active' })
    const bad = await send(harness, url, 'POST', '/manage/tokens', '{"name":"a","role":"admin"}')
    expect(bad.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    expect(await bad.json()).toMatchObject({ status: 400, errors: [{ field: 'role' }] })
    const { id } = (
      (await (await send(harness, url, 'GET', '/manage/tokens?limit=1')).json()) as { items: [{ id: string }] }
    ).items[0]
    const gone = await send(harness, url, 'DELETE', `/manage/tokens/${id}`)
    expect([gone.status, await gone.text()]).toEqual([204, ''])
    expect((await send(harness, url, 'POST', '/manage/tokens/none/revoke')).status).toBe(404)
    expect((await send(harness, url, 'HEAD', '/manage/tokens')).status).toBe(200)
    expect((await send(harness, url, 'GET', '/elsewhere')).status).toBe(418)
    const nobody = await fetch(`${url}/manage/tokens`)
    expect([nobody.status, nobody.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="api"'])
  })

  test('serves the page for people, and forward auth for any method', async () => {
    const { api } = await createHarness()
    const page = await fetch(`${await listen(mount(api))}/manage/docs`)
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
    close()
    const forward = createForwardAuth({ verifier: actingAs({ id: 't1', scopes: ['drive:read'] }), scopes: [] })
    const url = await listen(mount(forward))
    for (const method of ['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS']) {
      const answer = await fetch(`${url}/authorize/files?scope=other`, { method })
      const told = ['token-id', 'user-id'].map((name) => answer.headers.get(`x-patkit-${name}`))
      expect([answer.status, ...told, await answer.text()]).toEqual([200, 't1', '', ''])
    }
    expect((await fetch(`${url}/elsewhere`)).status).toBe(418)
  })

  test('sets each of several cookies', async () => {
    const headers: [string, string][] = [
      ['Set-Cookie', 'a=1; Path=/'],
      ['Set-Cookie', 'b=2, c'],
      ['Vary', 'Origin'],
    ]
    const url = await listen(mount({ handle: async () => new Response('page', { headers }) }))
    const answer = await fetch(`${url}/any`)
    expect(answer.headers.getSetCookie()).toEqual(['a=1; Path=/', 'b=2, c'])
    expect([answer.headers.get('vary'), await answer.text()]).toEqual(['Origin', 'page'])
  })

  test('takes forms', async () => {
    const harness = await createHarness()
    const url = await listen(mount(harness.api))
    const { secret } = await harness.tokens.create({ id: 'root', scopes: null }, ADA, { name: 'a' })
    const revoke = (form: URLSearchParams) =>
      fetch(`${url}/manage/revoke`, { method: 'POST', headers: harness.headersOf('managingToken'), body: form })
    const token = secret.reveal()
    const twice = await revoke(
      new URLSearchParams([
        ['token', token],
        ['token', token],
      ]),
    )
    expect([twice.status, await twice.json()]).toMatchObject([400, { errors: [{ field: 'token' }] }])
    const revoked = await revoke(new URLSearchParams({ token }))
    expect([revoked.status, await revoked.text()]).toEqual([200, ''])
    expect((await harness.tokens.list(ADA, { status: 'revoked' })).total).toBe(2)
  })
})

function send(harness: Harness, url: string, method: string, path: string, body?: string): Promise<Response> {
  const headers = {
    ...harness.headersOf('managingToken'),
    ...(body !== undefined && { 'content-type': 'application/json' }),
  }
  return fetch(`${url}${path}`, { method, headers, ...(body !== undefined && { body }) })
}
