import type { TokenRecord } from '@patkit/core'
import {
  auth0,
  cognito,
  entra,
  identityServer,
  type JwtFormatOptions,
  type JwtIssuer,
  jwtFormat,
  keycloak,
  okta,
} from '@patkit/jwt'
import { SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { createApi } from './api.ts'
import { keyPair, keyServer, NOON, NOON_SECONDS } from './issuer.ts'

const pair = await keyPair('k1')
const { publicJwk: key } = pair

type Claims = Readonly<Record<string, unknown>>

/** Signs exactly this header and these claims. */
function token(header: Claims, claims: Claims): Promise<string> {
  return new SignJWT({ ...claims }).setProtectedHeader({ alg: 'RS256', ...header }).sign(pair.privateKey)
}

const life = { iat: NOON_SECONDS - 10, exp: NOON_SECONDS + 3_600 }
const TENANT = '0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0'
const STRANGER = '11111111-2222-3333-4444-555555555555'
const CLIENT = '6731de76-14a6-49ae-97bc-6eba6914391e'

interface Sample {
  readonly header: Claims
  readonly claims: Claims
  readonly record?: Partial<TokenRecord>
}

interface Provider {
  readonly issuer: JwtIssuer
  readonly accepted: Readonly<Record<string, Sample>>
  /** The ID token of the same provider, meant for the same audience. */
  readonly idTokens: readonly Sample[]
}

const bare = { kid: 'k1' }
const jwt = { typ: 'JWT', kid: 'k1' }

const OKTA_ACCESS = {
  ver: 1,
  jti: 'AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE',
  iss: 'https://dev-1.okta.com/oauth2/default',
  aud: 'api://default',
  cid: '0oacl5k0Bz4DFHKg50h7',
  uid: '00ucl5ib8oCa1Bm4v0h7',
  scp: ['openid', 'drive:read'],
  auth_time: NOON_SECONDS - 20,
  sub: 'ada@example.com',
  ...life,
}
const COGNITO_ACCESS = {
  sub: 'aaaaaaaa-bbbb-4ccc-dddd-eeeeeeeeeeee',
  'cognito:groups': ['editors'],
  iss: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Example',
  version: 2,
  client_id: 'xxxxxxxxxxxxexample',
  origin_jti: 'aaaa-1',
  event_id: 'bbbb-2',
  token_use: 'access',
  scope: 'drive:read aws.cognito.signin.user.admin',
  auth_time: NOON_SECONDS - 10,
  jti: 'cccc-3',
  username: 'ada',
  ...life,
}
const KEYCLOAK_ACCESS = {
  jti: 'onrtac:0b4f',
  iss: 'https://kc.example/realms/acme',
  aud: ['files-api', 'account'],
  sub: 'f3b0c442-98fc-4c14-9afb-f4c8996fb924',
  typ: 'Bearer',
  azp: 'web',
  sid: '9c1f',
  acr: '1',
  'allowed-origins': ['https://app.example'],
  realm_access: { roles: ['offline_access'] },
  scope: 'profile email drive:read',
  preferred_username: 'ada',
  ...life,
}
const ENTRA_V2 = {
  aud: '0f9c1d2e-1111-4a4a-9b9b-000000000001',
  iss: `https://login.microsoftonline.com/${TENANT}/v2.0`,
  nbf: life.iat,
  ...life,
  aio: 'ATQAy',
  azp: CLIENT,
  azpacr: '0',
  name: 'Ada Lovelace',
  oid: 'aaaaaaaa-0000-1111-2222-bbbbbbbbbbbb',
  preferred_username: 'ada@contoso.com',
  rh: '0.AX',
  scp: 'drive:read drive:write',
  roles: ['Admin'],
  sub: 'AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ',
  tid: TENANT,
  uti: 'zoM2',
  ver: '2.0',
}
const ENTRA_V1 = {
  aud: 'api://files',
  iss: `https://sts.windows.net/${TENANT}/`,
  nbf: life.iat,
  ...life,
  acr: '1',
  aio: 'AXQAi',
  amr: ['pwd'],
  appid: CLIENT,
  appidacr: '0',
  ipaddr: '192.0.2.4',
  name: 'Ada Lovelace',
  oid: 'aaaaaaaa-0000-1111-2222-bbbbbbbbbbbb',
  scp: 'drive:read',
  sub: 'l3_roISQU222bULS9yi2k0XpqpOiMz5H3ZACo1GeXA',
  tid: TENANT,
  unique_name: 'ada@contoso.com',
  uti: 'fqiBqXL',
  ver: '1.0',
}
const APP_OID = '5a3c1f2e-0000-4a4a-9b9b-000000000002'
const { scp: _1, name: _2, preferred_username: _3, ...appOnlyV2 } = ENTRA_V2
const { scp: _4, name: _5, unique_name: _6, ...appOnlyV1 } = ENTRA_V1
const { azp: _7, azpacr: _8, scp: _9, ...idTokenV2 } = ENTRA_V2
const { appid: _10, appidacr: _11, scp: _12, ...idTokenV1 } = ENTRA_V1
const { sub: _13, sid: _14, ...noSubject } = KEYCLOAK_ACCESS
const IDENTITY_SERVER = {
  iss: 'https://ids.example',
  nbf: life.iat,
  ...life,
  aud: 'files',
  scope: ['openid', 'drive:read', 'offline_access'],
  amr: ['pwd'],
  client_id: 'web',
  sub: '818727',
  auth_time: life.iat,
  idp: 'local',
  jti: 'D4C5',
}
const { sub: _15, amr: _16, idp: _17, auth_time: _18, ...machine } = IDENTITY_SERVER
const AUTH0 = {
  iss: 'https://acme.eu.auth0.com/',
  sub: 'auth0|5f7c8ec7c33c6c004bbafe82',
  aud: ['https://api.example.com', 'https://acme.eu.auth0.com/userinfo'],
  azp: 'my_client_id',
  scope: 'openid profile drive:read',
  ...life,
}

const PROVIDERS: Readonly<Record<string, Provider>> = {
  okta: {
    issuer: okta({ issuer: 'https://dev-1.okta.com/oauth2/default', audience: 'api://default', key }),
    accepted: {
      user: {
        header: bare,
        claims: OKTA_ACCESS,
        record: { userId: 'ada@example.com', principalId: 'ada@example.com', scopes: ['openid', 'drive:read'] },
      },
      'client credentials, whose sub is the client': {
        header: bare,
        claims: { ...OKTA_ACCESS, uid: undefined, sub: OKTA_ACCESS.cid, scp: ['drive:read'] },
        record: { userId: null, principalId: OKTA_ACCESS.cid, scopes: ['drive:read'] },
      },
    },
    idTokens: [
      {
        header: bare,
        claims: {
          ...life,
          ver: 1,
          jti: 'ID.4eAWJOCMB3SX8XewDfVR',
          iss: OKTA_ACCESS.iss,
          aud: 'api://default',
          sub: '00ucl5ib8oCa1Bm4v0h7',
          amr: ['pwd'],
          idp: '00o1',
          nonce: 'n',
          at_hash: 'preyLu314uFFCr7q',
          auth_time: life.iat,
          email: 'ada@example.com',
        },
      },
    ],
  },
  cognito: {
    issuer: cognito({
      region: 'eu-central-1',
      userPoolId: 'eu-central-1_Example',
      clientIds: ['xxxxxxxxxxxxexample'],
      key,
    }),
    accepted: {
      user: {
        header: bare,
        claims: COGNITO_ACCESS,
        record: { userId: COGNITO_ACCESS.sub, scopes: ['drive:read', 'aws.cognito.signin.user.admin'] },
      },
      'client credentials': {
        header: bare,
        claims: { ...COGNITO_ACCESS, sub: 'xxxxxxxxxxxxexample', username: undefined, scope: 'files/read' },
        record: { userId: null, principalId: 'xxxxxxxxxxxxexample', scopes: ['files/read'] },
      },
    },
    idTokens: [
      {
        header: bare,
        claims: {
          ...COGNITO_ACCESS,
          client_id: undefined,
          aud: 'xxxxxxxxxxxxexample',
          token_use: 'id',
          scope: undefined,
        },
      },
      { header: bare, claims: { ...COGNITO_ACCESS, token_use: 'id' } },
    ],
  },
  keycloak: {
    issuer: keycloak({ issuer: 'https://kc.example/realms/acme', audience: 'files-api', key }),
    accepted: {
      user: {
        header: jwt,
        claims: KEYCLOAK_ACCESS,
        record: { userId: KEYCLOAK_ACCESS.sub, scopes: ['profile', 'email', 'drive:read'] },
      },
      'client credentials of version 25, without sub': {
        header: jwt,
        claims: { ...noSubject, azp: 'batch', client_id: 'batch', clientHost: '192.0.2.1' },
        record: { userId: null, principalId: 'batch' },
      },
      'client credentials of older versions, with the sub of a service account': {
        header: jwt,
        claims: { ...KEYCLOAK_ACCESS, azp: 'batch', clientId: 'batch', preferred_username: 'service-account-batch' },
        record: { userId: null, principalId: KEYCLOAK_ACCESS.sub },
      },
    },
    idTokens: [
      { header: jwt, claims: { ...KEYCLOAK_ACCESS, typ: 'ID', aud: 'files-api', azp: 'files-api', at_hash: 'x' } },
      { header: jwt, claims: { ...KEYCLOAK_ACCESS, typ: 'Refresh' } },
      { header: jwt, claims: { ...KEYCLOAK_ACCESS, typ: undefined } },
    ],
  },
  'entra, version 2': {
    issuer: entra({ tenants: [TENANT], audience: ENTRA_V2.aud, key }),
    accepted: {
      user: {
        header: jwt,
        claims: ENTRA_V2,
        record: { userId: ENTRA_V2.sub, organizationId: TENANT, scopes: ['drive:read', 'drive:write'] },
      },
      'app-only': {
        header: jwt,
        claims: { ...appOnlyV2, oid: APP_OID, sub: APP_OID, roles: ['Files.Read.All'] },
        record: { userId: null, principalId: APP_OID, organizationId: TENANT, scopes: ['Files.Read.All'] },
      },
    },
    idTokens: [
      { header: jwt, claims: { ...idTokenV2, nonce: '12345' } },
      { header: jwt, claims: { ...idTokenV2, roles: undefined } },
      { header: jwt, claims: { ...ENTRA_V2, scp: undefined, roles: undefined } },
    ],
  },
  'entra, version 1': {
    issuer: entra({ tenants: [TENANT], audience: 'api://files', version: 1, key }),
    accepted: {
      user: {
        header: { ...jwt, x5t: 'x' },
        claims: ENTRA_V1,
        record: { userId: ENTRA_V1.sub, scopes: ['drive:read'] },
      },
      'app-only': {
        header: jwt,
        claims: { ...appOnlyV1, oid: APP_OID, sub: APP_OID, roles: ['Files.Read.All'] },
        record: { userId: null, principalId: APP_OID, scopes: ['Files.Read.All'] },
      },
    },
    idTokens: [
      { header: jwt, claims: { ...idTokenV1, nonce: '12345' } },
      { header: jwt, claims: { ...idTokenV1, roles: ['Admin'] } },
    ],
  },
  identityServer: {
    issuer: identityServer({ issuer: 'https://ids.example', audience: 'files', key }),
    accepted: {
      user: {
        header: { kid: 'k1', typ: 'at+jwt' },
        claims: IDENTITY_SERVER,
        record: { userId: '818727', scopes: ['openid', 'drive:read', 'offline_access'] },
      },
      'client credentials': {
        header: { kid: 'k1', typ: 'at+jwt' },
        claims: { ...machine, client_id: 'batch', scope: ['drive:read'] },
        record: { userId: null, principalId: 'batch', scopes: ['drive:read'] },
      },
    },
    idTokens: [{ header: jwt, claims: { ...IDENTITY_SERVER, at_hash: 'x', client_id: undefined, scope: undefined } }],
  },
  auth0: {
    issuer: auth0({ domain: 'acme.eu.auth0.com', audience: 'https://api.example.com', key }),
    accepted: {
      user: { header: jwt, claims: AUTH0, record: { userId: AUTH0.sub, scopes: ['openid', 'profile', 'drive:read'] } },
      machine: {
        header: jwt,
        claims: { ...AUTH0, aud: 'https://api.example.com', sub: 'my_client_id@clients', gty: 'client-credentials' },
        record: { userId: null, principalId: 'my_client_id@clients' },
      },
      'the profile of RFC 9068': {
        header: { typ: 'at+jwt', kid: 'k1' },
        claims: { ...AUTH0, azp: undefined, client_id: 'my_client_id', jti: 'j1' },
        record: { id: 'j1', userId: AUTH0.sub },
      },
    },
    idTokens: [
      { header: jwt, claims: { ...AUTH0, aud: 'https://api.example.com', azp: undefined, scope: undefined } },
      { header: jwt, claims: { ...AUTH0, aud: 'https://api.example.com', scope: undefined, nonce: 'n' } },
      { header: jwt, claims: { ...AUTH0, nonce: 'n' } },
    ],
  },
}

describe.each(Object.entries(PROVIDERS))('%s', (_, { issuer, accepted, idTokens }) => {
  test.each(Object.entries(accepted))('%s', async (_, { header, claims, record }) => {
    const api = createApi([issuer])
    expect(await api.use(await token(header, claims))).toMatchObject(record ?? {})
    expect(api.refusals).toEqual([])
  })

  test('an ID token for the same audience is refused, and the rule is reported', async () => {
    for (const { header, claims } of idTokens) {
      const api = createApi([issuer])
      expect(await api.outcome(await token(header, claims))).toBe('malformed_token')
      expect(api.refusals).toHaveLength(1)
      expect(api.refusals[0]).toMatch(/by the rule "(?:isAccessToken|typ|aud)"/)
    }
  })

  test('without the preset, its tokens are refused', async () => {
    const strict = { issuer: issuer.issuer, audience: issuer.audience, algorithms: ['RS256'], key } as JwtIssuer
    const needsPreset = !issuer.issuer.includes('{tid}')
    for (const { header, claims } of Object.values(accepted)) {
      if (!needsPreset || header.typ === 'at+jwt') continue
      expect(await createApi([strict]).outcome(await token(header, claims))).toBe('malformed_token')
    }
  })

  test('another audience is refused', async () => {
    const [{ header, claims }] = Object.values(accepted) as [Sample]
    const api = createApi([issuer])
    const elsewhere = { ...claims, [issuer.audienceClaim ?? 'aud']: 'another' }
    expect(await api.outcome(await token(header, elsewhere))).toBe('malformed_token')
    expect(api.refusals[0]).toMatch(/by the rule "aud": .* is "another"; see the option "audience"$/)
  })

  test('a token of another kind of `typ` is refused', async () => {
    const [{ header, claims }] = Object.values(accepted) as [Sample]
    expect(await createApi([issuer]).outcome(await token({ ...header, typ: 'logout+jwt' }, claims))).toBe(
      'malformed_token',
    )
  })
})

describe('tenants', () => {
  const any = entra({ anyTenant: true, audience: ENTRA_V2.aud, key })
  const of = (tid: unknown, filled: unknown = tid) => ({
    ...ENTRA_V2,
    tid,
    iss: `https://login.microsoftonline.com/${filled}/v2.0`,
  })

  test('those that are not listed are refused; all of them need the flag', async () => {
    const listed = createApi([entra({ tenants: [TENANT], audience: ENTRA_V2.aud, key })])
    expect(await listed.outcome(await token(jwt, of(STRANGER)))).toBe('malformed_token')
    const open = createApi([any])
    expect(await open.use(await token(jwt, of(STRANGER)))).toMatchObject({ organizationId: STRANGER })
    expect(() => entra({ audience: 'a', key })).toThrow('"entra.tenants"')
    expect(() => entra({ audience: 'a', key, tenants: [TENANT], anyTenant: true })).toThrow('"entra.tenants"')
  })

  test.each<[string, unknown, unknown]>([
    ['another tenant', TENANT, STRANGER],
    ['no tenant', undefined, TENANT],
    ['the text of the template', '{tid}', '{tid}'],
    ['no UUID', 'contoso.com', 'contoso.com'],
    ['upper case', TENANT.toUpperCase(), TENANT],
    ['a list', [TENANT], TENANT],
  ])('a tid that is %s is refused', async (_, tid, filled) => {
    const both = [any, entra({ tenants: [TENANT, STRANGER], audience: ENTRA_V2.aud, key })]
    for (const issuer of both) {
      const api = createApi([issuer])
      expect(await api.outcome(await token(jwt, of(tid, filled)))).toBe('malformed_token')
      expect(api.refusals).toHaveLength(1)
    }
  })

  test.each<[string, string | undefined, string]>([
    ['any tenant', 'https://login.microsoftonline.com/{tenantid}/v2.0', 'allowed'],
    ['this tenant', `https://login.microsoftonline.com/${TENANT}/v2.0`, 'allowed'],
    ['no issuer, as in version 1', undefined, 'allowed'],
    ['another tenant', `https://login.microsoftonline.com/${STRANGER}/v2.0`, 'malformed_token'],
    ['another cloud', 'https://login.microsoftonline.us/{tenantid}/v2.0', 'malformed_token'],
  ])('a published key of %s signs accordingly', async (_, issuer, outcome) => {
    await using server = await keyServer({ ...pair, ...(issuer !== undefined && { issuer }) }, await keyPair('k2'))
    const api = createApi([entra({ anyTenant: true, audience: ENTRA_V2.aud, jwks: server.url })])
    expect(await api.outcome(await token({ ...jwt, kid: 'k1' }, ENTRA_V2))).toBe(outcome)
    if (outcome !== 'allowed') expect(api.refusals[0]).toContain('by the rule "kid"')
  })

  test('two keys of one id, for two issuers: the one of the token counts', async () => {
    const [own, other] = [TENANT, STRANGER].map((tid) => `https://login.microsoftonline.com/${tid}/v2.0`)
    const foreign = { ...(await keyPair('k1')), issuer: other as string }
    await using server = await keyServer(foreign, { ...pair, issuer: own as string })
    const api = createApi([entra({ anyTenant: true, audience: ENTRA_V2.aud, jwks: server.url })])
    expect(await api.outcome(await token({ ...jwt, kid: 'k1' }, ENTRA_V2))).toBe('allowed')
    expect(await api.outcome(await token({ ...jwt, kid: 'k1' }, of(STRANGER)))).toBe('malformed_token')
  })

  test('version 1 and 2 stand beside each other', async () => {
    const api = createApi([any, entra({ anyTenant: true, audience: 'api://files', version: 1, key })])
    expect(await api.outcome(await token(jwt, ENTRA_V2))).toBe('allowed')
    expect(await api.outcome(await token(jwt, ENTRA_V1))).toBe('allowed')
    expect(await api.outcome(await token(jwt, { ...ENTRA_V1, ver: '2.0' }))).toBe('malformed_token')
  })
})

describe('what a profile can give up', () => {
  const rules = { issuer: 'https://idp.example/', audience: 'api', algorithms: ['RS256'], key } as const
  const claims = { iss: 'https://idp.example/', aud: 'api', sub: 'ada', ...life }
  const outcome = async (issuer: Partial<JwtIssuer>, header: Claims, changed: Claims = {}) =>
    createApi([{ ...rules, ...issuer } as JwtIssuer]).outcome(await token(header, { ...claims, ...changed }))

  test.each<[string | null | readonly (string | null)[], string | undefined, boolean]>([
    [null, undefined, true],
    [null, 'JWT', false],
    [null, 'at+jwt', false],
    [['at+jwt', 'JWT'], 'jwt', true],
    [['at+jwt', 'JWT'], 'application/at+jwt', true],
    [['at+jwt', 'JWT'], undefined, false],
    [['at+jwt', null], undefined, true],
    ['application/at+JWT', 'AT+jwt', true],
    ['JWT', 'at+jwt', false],
  ])('typ %j takes a header with typ %j: %s', async (typ, written, isAccepted) => {
    const header = written === undefined ? {} : { typ: written }
    expect(await outcome({ typ }, header)).toBe(isAccepted ? 'allowed' : 'malformed_token')
  })

  test('a subject of another claim; the first that is there counts, also where it is wrong', async () => {
    const api = createApi([{ ...rules, typ: 'JWT', subjectClaims: ['sub', 'azp'] } as JwtIssuer])
    const azp = 'batch'
    expect(await api.use(await token(jwt, { ...claims, azp }))).toMatchObject({ userId: 'ada', principalId: 'ada' })
    expect(await api.use(await token(jwt, { ...claims, azp, sub: undefined }))).toMatchObject({
      userId: null,
      principalId: 'batch',
    })
    expect(await api.outcome(await token(jwt, { ...claims, azp, sub: '' }))).toBe('malformed_token')
    expect(await api.outcome(await token(jwt, { ...claims, sub: undefined }))).toBe('malformed_token')
  })

  test.each(['client_id', 'azp', 'cid', 'appid'])('a sub that is the %s is no user', async (claim) => {
    const api = createApi([{ ...rules, typ: 'JWT' } as JwtIssuer])
    expect(await api.use(await token(jwt, { ...claims, [claim]: 'ada' }))).toMatchObject({
      userId: null,
      principalId: 'ada',
    })
  })

  test('a list in `scope`, where it is named', async () => {
    const scope = ['drive:read']
    expect(await outcome({ typ: 'JWT' }, jwt, { scope })).toBe('malformed_token')
    expect(await outcome({ typ: 'JWT', scopeClaims: ['scope'] }, jwt, { scope })).toBe('allowed')
    expect(await outcome({ typ: 'JWT', scopeClaims: ['scope'] }, jwt, { scope: ['drive:read', 7] })).toBe(
      'malformed_token',
    )
  })

  test('an organization, which must be there where a claim is named', async () => {
    const issuer = { typ: 'JWT', organizationClaim: 'org' } as const
    expect(await outcome(issuer, jwt, { org: 'acme' })).toBe('allowed')
    expect(await outcome(issuer, jwt)).toBe('malformed_token')
  })
})

describe('keys inside a cluster', () => {
  const rules = { issuer: 'http://keycloak:8080/realms/acme', audience: 'files-api' }

  test('are fetched over plain http with an explicit flag', () => {
    const format = (allowHttpJwks?: boolean) => () =>
      jwtFormat({ issuers: [keycloak({ ...rules, ...(allowHttpJwks !== undefined && { allowHttpJwks }) })] })
    expect(format()).toThrow('"issuers[0].jwks" must be an https URL without credentials; http needs "allowHttpJwks"')
    expect(format(false)).toThrow('"issuers[0].jwks"')
    expect(format(true)).not.toThrow()
  })

  test('come from the key set of the preset', async () => {
    await using keys = await keyServer(pair)
    const api = createApi([keycloak({ ...rules, jwks: keys.url })])
    expect(await api.outcome(await token(jwt, { ...KEYCLOAK_ACCESS, iss: rules.issuer }))).toBe('allowed')
    expect(keys.fetches).toBe(1)
  })
})

describe('a refusal', () => {
  const strict = { issuer: 'https://idp.example/', audience: 'api', algorithms: ['RS256'], key } as JwtIssuer
  const claims = { iss: 'https://idp.example/', aud: 'api', sub: 'ada', ...life }
  const at = { typ: 'at+jwt' }

  test.each<[string, Claims, Claims]>([
    ['iss', at, { ...claims, iss: 'https://idp.example' }],
    ['typ', {}, claims],
    ['aud', at, { ...claims, aud: 'b' }],
    ['exp', at, { ...claims, exp: undefined }],
    ['nbf', at, { ...claims, nbf: NOON_SECONDS + 60 }],
    ['iat', at, { ...claims, iat: NOON_SECONDS + 60 }],
    ['jti', at, { ...claims, jti: '' }],
    ['cnf', at, { ...claims, cnf: {} }],
    ['sub', at, { ...claims, sub: undefined }],
    ['scope', at, { ...claims, scope: ['a'] }],
    ['json', { ...at, zip: 'DEF' }, claims],
  ])('by the rule "%s" says so', async (rule, header, changed) => {
    const api = createApi([strict])
    expect(await api.outcome(await token(header, changed))).toBe('malformed_token')
    expect(api.refusals).toEqual([expect.stringContaining(`by the rule "${rule}": `)])
  })

  test('by the rules of signatures says so', async () => {
    const other = await keyPair('k1', 'PS256')
    const forged = new SignJWT(claims).setProtectedHeader({ alg: 'RS256', ...at }).sign((await keyPair('x')).privateKey)
    const foreign = new SignJWT(claims).setProtectedHeader({ alg: 'PS256', ...at }).sign(other.privateKey)
    const api = createApi([strict])
    for (const refused of [await forged, await foreign]) await api.outcome(refused)
    expect(api.refusals).toEqual([
      expect.stringContaining('by the rule "signature"'),
      expect.stringContaining('by the rule "alg"'),
    ])
  })

  test('is reported once a minute, for each rule and issuer', async () => {
    const second = { ...strict, issuer: 'https://second.example/' }
    const api = createApi([strict, second])
    const send = async (changed: Claims) => api.outcome(await token(at, { ...claims, ...changed }))
    for (const aud of ['b', 'c', 'd']) await send({ aud })
    expect(api.refusals).toHaveLength(1)
    await send({ sub: '' })
    await send({ iss: second.issuer, aud: 'b' })
    expect(api.refusals).toHaveLength(3)
    api.time.now = NOON + 59_999
    await send({ aud: 'e' })
    expect(api.refusals).toHaveLength(3)
    api.time.now = NOON + 60_000
    await send({ aud: 'f' })
    expect(api.refusals).toHaveLength(4)
  })

  test('shows what a client wrote cut and escaped, and never the token', async () => {
    const api = createApi([strict])
    const hostile = await token(at, { ...claims, iss: `\u001b[2J\u202e${'x'.repeat(5_000)}` })
    await api.outcome(hostile)
    const [message] = api.refusals as [string]
    expect(message.length).toBeLessThan(400)
    expect(message).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    expect(message).not.toContain(hostile.slice(-40))
  })
})

test.each<[string, () => unknown]>([
  ['okta.issuer', () => okta({ audience: 'a' } as never)],
  ['cognito.region', () => cognito({ userPoolId: 'p', clientIds: 'c' } as never)],
  ['cognito.userPoolId', () => cognito({ region: 'r', clientIds: 'c' } as never)],
  ['cognito.clientIds', () => cognito({ region: 'r', userPoolId: 'p' } as never)],
  ['keycloak.audienceClaim', () => keycloak({ issuer: 'https://k', audience: 'a', audienceClaim: 'sub' } as never)],
  ['entra.version', () => entra({ tenants: [TENANT], audience: 'a', version: 3 } as never)],
  ['identityServer.issuer', () => identityServer({ audience: 'a' } as never)],
  ['auth0.domain', () => auth0({ audience: 'a' } as never)],
  ['auth0.scopeClaim', () => auth0({ domain: 'd', audience: 'a', scopeClaim: 'scp' } as never)],
  ['okta.typ', () => okta({ issuer: 'https://o', audience: 'a', typ: 'JWT' } as never)],
  ['okta.jwks', () => okta({ issuer: 'https://o', audience: 'a', jwks: 'https://o/k', key } as never)],
])('a wrong %s is a TypeError that names it', (name, build) => {
  expect(build).toThrow(TypeError)
  expect(build).toThrow(`"${name}"`)
})

test('an audience that is missing is refused when the format is built', () => {
  const options = { issuers: [okta({ issuer: 'https://o' } as never)] } as JwtFormatOptions
  expect(() => jwtFormat(options)).toThrow('"issuers[0].audience"')
})
