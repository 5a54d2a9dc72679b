import { createApi } from '@patkit/api'
import { tokenFormat } from '@patkit/core'
import { createTokenService, memoryStore } from '@patkit/tokens'
import { expect, test } from 'vitest'
import { ADA, ask, createHarness } from './harness.ts'

const POLICY = { defaultLifetimeSeconds: 86_400, maximumLifetimeSeconds: 864_000, maximumTokensPerPrincipal: 5 }

function described(trustedProxies?: readonly string[]) {
  const tokens = createTokenService({ store: memoryStore(), format: tokenFormat({ prefix: 'acme' }), policy: POLICY })
  const caller = { ...ADA, id: 'ada', scopes: null, manages: null, administers: false }
  return createApi({ tokens, authenticate: () => caller, ...(trustedProxies !== undefined && { trustedProxies }) })
}

const bodyOf = (response: Response): Promise<unknown> => response.json()

test('the caller learns the rules for its tokens', async () => {
  const response = await described().fetch(new Request('http://localhost/caller'))
  expect(await bodyOf(response)).toEqual({
    id: 'ada',
    organization_id: 'acme',
    principal_id: 'ada',
    administers: false,
    manages: false,
    client_ip: null,
    wildcards: false,
    policy: {
      default_lifetime_seconds: 86_400,
      minimum_lifetime_seconds: null,
      maximum_lifetime_seconds: 864_000,
      lifetime_required: false,
      idle_seconds: null,
      maximum_tokens: 5,
      maximum_overlap_seconds: 604_800,
    },
  })
})

test.each([
  [undefined, '10.0.0.1', '10.0.0.1'],
  [['10.0.0.0/8'], '10.0.0.1', '203.0.113.7'],
  [['10.0.0.0/8'], '192.0.2.1', '192.0.2.1'],
])('with trusted proxies %j and the peer %s, the address is %s', async (trustedProxies, peer, expected) => {
  const request = new Request('http://localhost/caller', { headers: { 'x-forwarded-for': '203.0.113.7' } })
  const response = await described(trustedProxies).fetch(request, { peer })
  expect(await bodyOf(response)).toMatchObject({ client_ip: expected })
})

test('headers that the server has cut show no address', async () => {
  const response = await described().fetch(new Request('http://localhost/caller'), {
    peer: '10.0.0.1',
    isTruncated: true,
  })
  expect(await bodyOf(response)).toMatchObject({ client_ip: null })
})

test('a wrong proxy is refused when the API is built', () => {
  expect(() => described(['nowhere'])).toThrow(/trustedProxies/)
})

test('tokens are listed in every order, for the owner and for the organization', async () => {
  const stage = await createHarness()
  await stage.tokens.create({ id: 'ada', scopes: null }, ADA, { name: 'zeta' })
  const names = async (path: string) =>
    (await ask(stage, 'admin', 'GET', path)).body.items.map(({ name }: { name: string }) => name)
  expect((await names('/principals/ada/tokens?sort=name&order=desc&limit=1'))[0]).toBe('zeta')
  expect(await names('/organization/tokens?sort=name')).toEqual(['ada', 'ada', 'ada', 'ada', 'gone', 'robot', 'zeta'])
  const { body } = await ask(stage, 'admin', 'GET', '/organization/tokens?search=robot')
  expect([body.total, body.items[0].principal_id]).toEqual([1, 'robot'])
  expect((await ask(stage, 'admin', 'GET', '/organization/tokens?sort=id')).body.errors[0].field).toBe('sort')
})
