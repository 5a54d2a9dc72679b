import { createHash } from 'node:crypto'
import { SignJWT } from 'jose'
import { expect, test } from 'vitest'
import { AUDIENCE, ISSUER, newKeys } from '../src/issuer.ts'
import { USERS } from '../src/users.ts'
import { createHarness, type Harness, ME, OF_SERVICE_ACCOUNT, publicKey, START } from './harness.ts'

const SECONDS = START / 1_000
const CREATION = { name: 'mine', expires_in_days: 1 }

test('the token of another user does not exist, and stays valid', async () => {
  const { ask, jwt, patOf } = await createHarness()
  const { id, token } = await patOf(jwt.user)
  for (const path of [`${ME}/${id}`, `${OF_SERVICE_ACCOUNT}/${id}`, `/api/v1/users/${USERS.user.id}/tokens/${id}`]) {
    expect((await ask('DELETE', path, { as: jwt.admin })).status).toBe(404)
  }
  expect((await ask('DELETE', `${ME}/${id}`, { as: jwt.guest })).status).toBe(404)
  expect((await ask('GET', '/api/v1/users', { as: token })).status).toBe(200)
})

test('tokens of a service account can be seen and changed only with service_accounts.tokens', async () => {
  const harness = await createHarness()
  const { ask, jwt, patOf } = harness
  const { id } = await patOf(jwt.admin, OF_SERVICE_ACCOUNT)
  const before = await harness.everything()
  for (const as of [jwt.user, jwt.guest, (await patOf(jwt.user)).token]) {
    const present = await harness.everything()
    const answers = [
      await ask('GET', OF_SERVICE_ACCOUNT, { as }),
      await ask('POST', OF_SERVICE_ACCOUNT, { as, body: CREATION }),
      await ask('DELETE', `${OF_SERVICE_ACCOUNT}/${id}`, { as }),
    ]
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual(Array(3).fill([403, 'insufficient_scope']))
    expect(await harness.everything()).toBe(present)
  }
  expect(await harness.everything()).toContain(before.slice(1, -1))
})

test('a user who is disabled while a permission is taken away stays disabled', async () => {
  const { directory } = await createHarness()
  const { id, permissions } = USERS.admin
  const withdrawals = permissions.map((permission) => directory.withdraw('test', id, permission))
  await Promise.all([directory.disable('test', id), ...withdrawals])
  expect(await directory.find(id)).toMatchObject({ disabledAt: new Date(START), ceiling: [] })
})

test('a service account manages its tokens with the permission alone, and then by the path that names it', async () => {
  const { ask, jwt, patOf, tokens } = await createHarness()
  const { token } = await patOf(jwt.admin, OF_SERVICE_ACCOUNT)
  const creation = { as: token, body: CREATION }
  expect((await ask('POST', OF_SERVICE_ACCOUNT, creation)).status).toBe(403)
  const owner = { organizationId: 'justiam', principalId: USERS.serviceAccount.id }
  await tokens.changePrincipal({ id: 't', scopes: null }, owner, (user) => ({
    ...user,
    ceiling: ['service_accounts.tokens'],
  }))
  expect((await ask('POST', OF_SERVICE_ACCOUNT, creation)).status).toBe(201)
  expect((await ask('POST', ME, creation)).status).toBe(403)
})

test('another service account is no exception', async () => {
  const { ask, jwt, patOf, tokens } = await createHarness()
  const other = '5f0c1b1e-6a55-4c1c-9d6e-0d2f8b6c7a05'
  const owner = { organizationId: 'justiam', principalId: other }
  await tokens.putPrincipal({ id: 't', scopes: null }, { ...owner, kind: 'service', disabledAt: null, ceiling: [] })
  const { token } = await patOf(jwt.admin, OF_SERVICE_ACCOUNT)
  expect((await ask('GET', `/api/v1/users/${other}/tokens`, { as: token })).status).toBe(403)
})

test('the PAT of an owner who lost service_accounts.tokens is refused at the very next request', async () => {
  const { ask, jwt, patOf, directory } = await createHarness()
  const { token } = await patOf(jwt.admin)
  expect((await ask('POST', OF_SERVICE_ACCOUNT, { as: token, body: CREATION })).status).toBe(201)
  await directory.withdraw('test', USERS.admin.id, 'service_accounts.tokens')
  const requests = [
    ask('POST', OF_SERVICE_ACCOUNT, { as: token, body: CREATION }),
    ask('GET', OF_SERVICE_ACCOUNT, { as: token }),
    ask('GET', OF_SERVICE_ACCOUNT, { as: jwt.admin }),
  ]
  expect((await Promise.all(requests)).map(({ status }) => status)).toEqual([403, 403, 403])
})

test('a permission that a token made another token with does not stay in that one', async () => {
  const { ask, jwt, patOf, directory } = await createHarness()
  const { token } = await patOf((await patOf(jwt.user)).token)
  expect((await ask('GET', '/api/v1/users', { as: token })).status).toBe(200)
  await directory.withdraw('test', USERS.user.id, 'users.view')
  expect((await ask('GET', '/api/v1/users', { as: token })).status).toBe(403)
})

test('a service account that is disabled is given no tokens, and those it has are refused', async () => {
  const { ask, jwt, patOf } = await createHarness()
  const { token } = await patOf(jwt.admin, OF_SERVICE_ACCOUNT)
  const disabling = `/api/v1/users/${USERS.serviceAccount.id}/disable`
  expect((await ask('POST', disabling, { as: jwt.user })).status).toBe(403)
  expect((await ask('POST', disabling, { as: jwt.admin })).status).toBe(204)
  expect((await ask('GET', '/api/v1/users', { as: token })).status).toBe(401)
  const made = await ask('POST', OF_SERVICE_ACCOUNT, { as: jwt.admin, body: CREATION })
  expect([made.status, made.body.code]).toEqual([409, 'principal_disabled'])
})

test('the JWT of an admin ends on the second', async () => {
  const { ask, jwt, pass } = await createHarness()
  pass(3_599)
  expect((await ask('GET', OF_SERVICE_ACCOUNT, { as: jwt.admin })).status).toBe(200)
  pass(1)
  expect((await ask('GET', OF_SERVICE_ACCOUNT, { as: jwt.admin })).status).toBe(401)
})

const FORGERIES: Readonly<Record<string, (harness: Harness) => Promise<string>>> = {
  'of another issuer': ({ forge }) => forge({ iss: 'https://other.example/' }),
  'without an issuer': ({ forge }) => forge({ iss: undefined }),
  'for another audience': ({ forge }) => forge({ aud: 'https://other.example/' }),
  'without an end': ({ forge }) => forge({ exp: undefined }),
  'from the future': ({ forge }) => forge({ nbf: SECONDS + 10 }),
  'that is no access token': ({ forge }) => forge({}, { typ: 'JWT' }),
  'bound to a key': ({ forge }) => forge({ cnf: { jkt: 'x' } }),
  'without a subject': ({ forge }) => forge({ sub: undefined }),
  'of a user that is not there': ({ forge }) => forge({ sub: '00000000-0000-0000-0000-000000000000' }),
  'of a service account': ({ forge }) => forge({ sub: USERS.serviceAccount.id }),
  'with the key of another issuer': () => new SignJWT(claims()).setProtectedHeader(header()).sign(newKeys().privateKey),
  'with the public key as a secret': () => {
    const secret = new TextEncoder().encode(String(publicKey.export({ type: 'spki', format: 'pem' })))
    return new SignJWT(claims()).setProtectedHeader({ ...header(), alg: 'HS256' }).sign(secret)
  },
  'without a signature': async () => `${part({ alg: 'none', typ: 'at+jwt' })}.${part(claims())}.AA`,
  'with another user written into it': async ({ jwt }) => {
    const [head, , signature] = jwt.user.split('.')
    return `${head}.${part(claims())}.${signature}`
  },
}

test.each(Object.entries(FORGERIES))('a JWT %s is refused, and nothing is written', async (_, forge) => {
  const harness = await createHarness()
  const as = await forge(harness)
  const before = await harness.everything()
  for (const path of [ME, OF_SERVICE_ACCOUNT]) {
    const answer = await harness.ask('POST', path, { as, body: CREATION })
    expect([answer.status, answer.body.code]).toEqual([401, 'invalid_token'])
    expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"')
  }
  expect((await harness.ask('GET', '/api/v1/users', { as })).status).toBe(401)
  expect(await harness.everything()).toBe(before)
})

test('a JWT is let in when nothing is wrong with it', async () => {
  const { ask, forge } = await createHarness()
  expect((await ask('GET', OF_SERVICE_ACCOUNT, { as: await forge() })).status).toBe(200)
})

test('neither a digest, nor a token in the URL, nor one that is not whole opens anything', async () => {
  const { ask, jwt, patOf } = await createHarness()
  const { token } = await patOf(jwt.user)
  const digest = createHash('sha256').update(token).digest('hex')
  const statuses = [
    await ask('GET', ME, { as: digest }),
    await ask('GET', `${ME}?access_token=${token}`),
    await ask('GET', ME, { as: token.slice(0, -1) }),
    await ask('GET', ME, { as: token.toUpperCase() }),
    await ask('GET', ME, { headers: { authorization: `Basic ${token}` } }),
    await ask('GET', ME, { headers: { authorization: `Bearer ${token}, Bearer ${token}` } }),
  ].map(({ status }) => status)
  expect(statuses).toEqual([401, 401, 401, 401, 401, 400])
})

function claims() {
  return { iss: ISSUER, aud: AUDIENCE, sub: USERS.admin.id, iat: SECONDS, exp: SECONDS + 60, jti: 'forged' }
}

function header() {
  return { alg: 'ES256', typ: 'at+jwt' }
}

function part(content: object): string {
  return Buffer.from(JSON.stringify(content)).toString('base64url')
}
