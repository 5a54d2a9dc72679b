import { createForwardAuth } from '@patkit/api'
import { createVerifier } from '@patkit/core'
import type { RequestReader } from '@patkit/core/adapter'
import { actingAs } from '@patkit/core/testing'
import { jwtFormat } from '@patkit/jwt'
import { type CreateInput, createTokenService, type ImportInput, memoryStore, type TokenService } from '@patkit/tokens'
import { describe, expect, test } from 'vitest'
import { magistralaShape } from '../../examples/magistrala/src/shape.ts'
import { unitShape } from '../../examples/unit/src/unit-shape.ts'
import { ADA, ask, type CallerKind, createHarness, type Harness, PERMITTED } from '../../packages/api/test/harness.ts'
import { type CountedWork, countedWork } from './counted-work.ts'

const ACTOR = { id: 'root', scopes: null }
/** More than any text of a token has in characters, four times over. */
const LONGEST_NORMALIZED = 2_000
/** The cost of every request, with any content: routing, headers, schemas. */
const EVERY_REQUEST = 60_000
const MARK = '\u0301'

/** What an attacker makes of a text, of a size. */
const TEXTS: Readonly<Record<string, (n: number) => string>> = {
  'combining marks': (n) => `a${MARK.repeat(n / 2)}`,
  spaces: (n) => ' '.repeat(n),
  'a word after spaces': (n) => `${' '.repeat(n - 1)}a`,
  letters: (n) => 'a'.repeat(n),
  digits: (n) => '1'.repeat(n),
  colons: (n) => 'a:'.repeat(n / 2),
  wildcards: (n) => '*:'.repeat(n / 2),
  commas: (n) => '1.1.1.1,'.repeat(n / 8),
  words: (n) => 'a '.repeat(n / 2),
  dates: (n) => `2030-01-01T00:00:00.${'1'.repeat(n)}Z`,
}

const list = (length: number, entry: (at: number) => unknown) =>
  JSON.stringify(Array.from({ length }, (_, at) => entry(at)))

/** The same for a value, as JSON. */
const VALUES: Readonly<Record<string, (n: number) => string>> = {
  ...Object.fromEntries(Object.entries(TEXTS).map(([what, text]) => [what, (n: number) => JSON.stringify(text(n))])),
  'many texts': (n) => list(n / 8, (at) => `a:${at}`),
  'many wildcards': (n) => list(n / 12, (at) => `a:${at}:*`),
  'one text many times': (n) => list(n / 4, () => 'a'),
  'many addresses': (n) => list(n / 12, () => '10.0.0.1'),
  'many objects': (n) => list(n / 3, () => ({})),
  'a list of long texts': (n) => JSON.stringify([`a${MARK.repeat(n / 2)}`, ' '.repeat(n / 4)]),
  'an object of many members': (n) => `{${Array.from({ length: n / 12 }, (_, at) => `"m${at}":1`).join(',')}}`,
  'an object of a long name': (n) => `{"${'a'.repeat(n)}":1}`,
  'deep lists': (n) => `${'['.repeat(n / 2)}${']'.repeat(n / 2)}`,
  'deep objects': (n) => `${'{"a":'.repeat(n / 6)}1${'}'.repeat(n / 6)}`,
}

/** JSON that an object of few members becomes with one more. */
function withMember(object: object, name: string, json: string): string {
  const members = Object.entries(object).filter(([other]) => other !== name)
  return `{${[...members.map(([other, value]) => `"${other}":${JSON.stringify(value)}`), `"${name}":${json}`].join(',')}}`
}

const N = 24_000
const LITTLE = 96

/** Twice the input is at most about twice the work, and nothing long is normalized. */
async function expectLinear(send: (n: number) => Promise<unknown> | unknown): Promise<void> {
  // Work that is done once, such as compiling a schema, is done before.
  await send(LITTLE)
  const once = await countedWork(() => send(N))
  const twice = await countedWork(() => send(2 * N))
  const normalized = Math.max(once.longestNormalized, twice.longestNormalized)
  expect(normalized).toBeLessThanOrEqual(LONGEST_NORMALIZED)
  expect(isLinear(once, twice), `${once.steps} steps, and ${twice.steps} for twice as much`).toBe(true)
}

function isLinear(once: CountedWork, twice: CountedWork): boolean {
  // A few passes over each character.
  return twice.steps <= 2.5 * once.steps + EVERY_REQUEST && twice.steps <= 16 * 2 * N + EVERY_REQUEST
}

test('a pass inside a pass would be noticed, and so would a long text that is normalized', async () => {
  const names = (n: number) => Array.from({ length: n / 12 }, (_, at) => `m${at}`)
  const quadratic = (n: number) => names(n).filter((name, index, all) => all.indexOf(name) !== index)
  await expect(expectLinear(quadratic)).rejects.toThrow('steps')
  await expect(expectLinear((n) => `a${MARK.repeat(n / 48)}`.normalize('NFC').length)).resolves.toBeUndefined()
  await expect(expectLinear((n) => `a${MARK.repeat(n / 4)}`.normalize('NFC').length)).rejects.toThrow()
})

/** A request to the API with only one fault. */
type Send = (harness: Harness, n: number) => Promise<{ readonly status: number }>
type Case = readonly [name: string, send: Send]

const GOOD: Readonly<Record<string, object>> = {
  createToken: { name: 'a' },
  createTokenOfPrincipal: { name: 'a' },
  addScopes: { scopes: [] },
  removeScopes: { scopes: [] },
  addScopesOfPrincipal: { scopes: [] },
  removeScopesOfPrincipal: { scopes: [] },
}

const { api: sample } = await createHarness()

/** A path with ids that are there, but for the one that is tried. */
function pathOf(path: string, { active }: Harness, member?: string, value = ''): string {
  const ids: Readonly<Record<string, string>> = { token_id: active.id, principal_id: 'ada' }
  return path.replace(/\{(\w+)\}/g, (_, name) => (name === member ? encodeURIComponent(value) : (ids[name] ?? '')))
}

const cases: Case[] = sample.routes.flatMap((route): Case[] => {
  const kind: CallerKind = PERMITTED[route.access.name]
  const send =
    (path: string, body?: unknown, more = {}) =>
    (harness: Harness) =>
      ask(harness, kind, route.method.toUpperCase(), path, body, more)
  const members = Object.keys((route.body as { shape?: object } | null)?.shape ?? {})
  const isForm = route.bodyKind === 'form'
  const bodies = isForm
    ? []
    : [...members, 'unknown'].flatMap((member) =>
        route.method === 'get'
          ? []
          : Object.entries(VALUES).map(([what, value]): Case => {
              const body = (n: number) => withMember(GOOD[route.id] ?? {}, member, value(n))
              return [
                `${route.id}: ${member} of ${what}`,
                (harness, n) => send(pathOf(route.path, harness), body(n))(harness),
              ]
            }),
      )
  const whole = isForm || route.method === 'get' ? [] : Object.entries(VALUES)
  const wholes = whole.map(
    ([what, value]): Case => [
      `${route.id}: a body of ${what}`,
      (harness, n) => send(pathOf(route.path, harness), value(n))(harness),
    ],
  )
  const texts = Object.entries(TEXTS)
  const queries = [...Object.keys(route.query.shape), 'unknown'].flatMap((name) =>
    texts.map(
      ([what, text]): Case => [
        `${route.id}: ?${name} of ${what}`,
        (harness, n) => send(`${pathOf(route.path, harness)}?${name}=${encodeURIComponent(text(n / 4))}`)(harness),
      ],
    ),
  )
  const params = Object.keys(route.params.shape).flatMap((name) =>
    texts.map(
      ([what, text]): Case => [
        `${route.id}: {${name}} of ${what}`,
        (harness, n) => send(pathOf(route.path, harness, name, text(n / 4)))(harness),
      ],
    ),
  )
  const names = (n: number) => Array.from({ length: n / 8 }, (_, at) => `n${at}=1`).join('&')
  const many: Case[] = [
    [`${route.id}: ? of many names`, (harness, n) => send(`${pathOf(route.path, harness)}?${names(n)}`)(harness)],
    [
      `${route.id}: ? of one name many times`,
      (harness, n) => send(`${pathOf(route.path, harness)}?${'a=1&'.repeat(n / 4)}`)(harness),
    ],
  ]
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  const forms: Case[] = !isForm
    ? []
    : [
        [`${route.id}: many names`, (harness, n) => send(route.path, names(n), form)(harness)],
        [`${route.id}: one name many times`, (harness, n) => send(route.path, 'token=a&'.repeat(n / 8), form)(harness)],
        [`${route.id}: many separators`, (harness, n) => send(route.path, '&'.repeat(n), form)(harness)],
        ...texts.map(
          ([what, text]): Case => [
            `${route.id}: a token of ${what}`,
            (harness, n) => send(route.path, `token=${encodeURIComponent(text(n / 4))}`, form)(harness),
          ],
        ),
      ]
  return [...bodies, ...wholes, ...queries, ...params, ...many, ...forms]
})

test('every route, field and parameter is tried', () => {
  expect(cases.length).toBeGreaterThan(1_000)
  expect(new Set(cases.map(([name]) => name.split(':')[0])).size).toBe(sample.routes.length)
})

describe('no request costs more than in proportion to what it sends', () => {
  test.each([...groups(cases)])('%s', async (_, tried) => {
    const harness = await createHarness()
    for (const [name, send] of tried) {
      await expectLinear(async (n) => {
        const { status } = await send(harness, n)
        expect([name, status < 500]).toEqual([name, true])
      })
    }
  })
})

function groups(all: readonly Case[]): Map<string, Case[]> {
  const found = new Map<string, Case[]>()
  for (const one of all) {
    const route = one[0].split(':')[0] as string
    found.set(route, [...(found.get(route) ?? []), one])
  }
  return found
}

const HEADERS = [
  'authorization',
  'cookie',
  'origin',
  'content-type',
  'content-encoding',
  'x-request-id',
  'idempotency-key',
  'x-forwarded-for',
  'user-agent',
  'sec-fetch-site',
  'x-original-uri',
]
const HEADER_TEXTS = {
  ...TEXTS,
  schemes: (n: number) => 'Bearer a, '.repeat(n / 10),
  parameters: (n: number) => 'application/json;'.repeat(n / 17),
  'combining marks': (n: number) => 'e\u00b4'.repeat(n / 2),
}

test.each(HEADERS)('the header %s is read in proportion to its length', async (name) => {
  const harness = await createHarness()
  const verifier = createVerifier({ ...harness.tokens.verifierOptions, trustedProxies: ['192.0.2.1'] })
  const original = { method: 'x-original-method', uri: 'x-original-uri' }
  const forward = createForwardAuth({ verifier, original, scopes: [] })
  for (const text of Object.values(HEADER_TEXTS)) {
    await expectLinear((n) => ask(harness, 'user', 'POST', '/tokens', { name: 'a' }, { [name]: text(n) }))
    await expectLinear((n) => ask(harness, 'managingToken', 'POST', '/tokens', { name: 'a' }, { [name]: text(n) }))
    await expectLinear((n) => {
      const headers = { authorization: 'Bearer acme_none', [name]: text(n) }
      return forward.handle(new Request('http://localhost/authorize', { headers }), { peer: '192.0.2.1' })
    })
  }
})

test.each(Object.entries(TEXTS))('the query of forward auth may be %s', async (_, text) => {
  const forward = createForwardAuth({ verifier: actingAs({ id: 't', scopes: ['a'] }) })
  const asked = (query: string) => forward.handle(new Request(`http://localhost/authorize?${query}`))
  await expectLinear((n) => asked(`scope=${encodeURIComponent(text(n / 4))}`))
  await expectLinear((n) => asked(`${encodeURIComponent(text(n / 4))}=a`))
  await expectLinear((n) => asked('scope=a&'.repeat(n / 8)))
  await expectLinear((n) => asked(Array.from({ length: n / 8 }, (_, at) => `n${at}=1`).join('&')))
})

describe('the verbs of the service', () => {
  const CREATION: CreateInput = { name: 'a' }
  const IMPORT: ImportInput = { name: 'a', digest: 'a'.repeat(64), hint: 'a', scopes: [], expiresAt: null }
  type Verb = (tokens: TokenService, id: string, input: object) => Promise<unknown>
  const verbs: readonly (readonly [string, readonly string[], Verb])[] = [
    [
      'create',
      ['name', 'description', 'scopes', 'ipAllowlist', 'userId', 'idempotencyKey', 'unknown'],
      (tokens, _, input) => tokens.create(ACTOR, ADA, { ...CREATION, ...input }),
    ],
    [
      'update',
      ['name', 'description', 'scopes', 'ipAllowlist', 'unknown'],
      (tokens, id, input) => tokens.update(ACTOR, ADA, id, input),
    ],
    [
      'import',
      ['name', 'description', 'hint', 'digest', 'scopes', 'ipAllowlist', 'userId', 'id', 'unknown'],
      (tokens, _, input) => tokens.import(ACTOR, ADA, { ...IMPORT, ...input }),
    ],
    ['revoke', ['reason', 'unknown'], (tokens, id, input) => tokens.revoke(ACTOR, ADA, id, input)],
    [
      'addScopes',
      ['scopes'],
      (tokens, id, input) => tokens.addScopes(ACTOR, ADA, id, (input as { scopes: string[] }).scopes),
    ],
    [
      'removeScopes',
      ['scopes'],
      (tokens, id, input) => tokens.removeScopes(ACTOR, ADA, id, (input as { scopes: string[] }).scopes),
    ],
    ['list', ['search', 'name', 'cursor', 'status', 'sort', 'unknown'], (tokens, _, input) => tokens.list(ADA, input)],
    ['listPrincipals', ['cursor', 'kind', 'unknown'], (tokens, _, input) => tokens.listPrincipals(ADA, input)],
    [
      'audit.list',
      ['tokenId', 'outcome', 'reason', 'clientIp', 'requestId', 'cursor', 'unknown'],
      (tokens, _, input) => tokens.audit.list(ADA, input),
    ],
    [
      'putPrincipal',
      ['organizationId', 'principalId', 'kind', 'ceiling', 'unknown'],
      (tokens, _, input) =>
        tokens.putPrincipal(ACTOR, { ...ADA, kind: 'user', disabledAt: null, ceiling: null, ...input }),
    ],
    [
      'ensurePrincipal',
      ['kind', 'ceiling', 'unknown'],
      (tokens, _, input) =>
        tokens.ensurePrincipal(ACTOR, { ...ADA, principalId: 'new' }, { kind: 'user', ceiling: null, ...input }),
    ],
    ['get', ['organizationId', 'principalId'], (tokens, id, input) => tokens.get({ ...ADA, ...input }, id)],
  ]

  test.each(verbs)('%s', async (_, members, verb) => {
    const { tokens, active } = await createHarness()
    for (const member of members) {
      for (const value of Object.values(VALUES)) {
        // Prepared before, so that only the verb is counted.
        const inputs = new Map([LITTLE, N, 2 * N].map((n) => [n, { [member]: JSON.parse(value(n)) }]))
        await expectLinear((n) => verb(tokens, active.id, inputs.get(n) ?? {}).catch(() => null))
      }
    }
  })

  test.each([false, true])(
    'scopes are held against those of actor and ceiling once, wildcards: %s',
    async (wildcards) => {
      const scopesOf = (n: number) => Array.from({ length: n }, (_, at) => `a${at % 7}:${at}:${at % 2 ? '*' : 'b'}`)
      const tokens = createTokenService({
        store: memoryStore(),
        format: (await createHarness()).tokens.verifierOptions.format as never,
        wildcards,
      })
      const held = scopesOf(500)
      await tokens.putPrincipal(ACTOR, { ...ADA, kind: 'user', disabledAt: null, ceiling: held })
      const create = (n: number) => tokens.create({ id: 'ada', scopes: held }, ADA, { name: 'a', scopes: scopesOf(n) })
      await create(1)
      const once = await countedWork(() => create(250))
      const twice = await countedWork(() => create(500))
      expect(twice.steps).toBeLessThan(2 * once.steps)
    },
  )
})

test.each([
  ['Unit', unitShape],
  ['Magistrala', magistralaShape],
])('what the shape of %s parses by itself is bounded', async (_, shape) => {
  for (const { body } of shape.routes) {
    if (body === null) continue
    for (const value of Object.values(VALUES)) {
      for (const wrap of [
        (text: unknown) => ({ scopes: text, name: text, duration: text, description: text, scopes_id: text }),
        (text: unknown) => ({
          data: { type: 'apiToken', attributes: { description: text, scope: text, sourceIp: text, expiration: text } },
        }),
      ]) {
        const inputs = new Map([LITTLE, N, 2 * N].map((n) => [n, wrap(boundedBefore(JSON.parse(value(n))))]))
        await expectLinear((n) => body.safeParse(inputs.get(n)))
      }
    }
  }
})

/** The API counts entries before a schema sees them. */
function boundedBefore(value: unknown): unknown {
  return Array.isArray(value) ? value.slice(0, 1_000) : value
}

test('a JWT is read in proportion to its length', async () => {
  const format = jwtFormat({
    issuers: [
      { issuer: 'https://idp.example/', audience: 'api', algorithms: ['HS256'], key: new Uint8Array(32).fill(7) },
    ],
    maxLength: 16_384,
  })
  const verifier = createVerifier({ format, resolve: () => null })
  const reader: RequestReader<string> = {
    header: (token) => `Bearer ${token}`,
    peer: () => null,
    context: () => ({ id: null, method: 'GET', path: '/', route: null, userAgent: null }),
  }
  const jwt = (header: string, claims: string) =>
    `${[header, claims].map((part) => Buffer.from(part).toString('base64url')).join('.')}.AAAA`
  const [header, claims] = [{ alg: 'HS256' }, { iss: 'https://idp.example/' }]
  for (const value of Object.values(VALUES)) {
    // Of a size that is read at all.
    const json = (n: number) => value(n / 8)
    for (const member of ['kid', 'typ', 'crit', 'x5c', 'foreign']) {
      await expectLinear((n) =>
        verifier.verify(jwt(withMember(header, member, json(n)), JSON.stringify(claims)), reader),
      )
    }
    for (const member of ['iss', 'aud', 'sub', 'scope', 'scp', 'foreign']) {
      await expectLinear((n) =>
        verifier.verify(jwt(JSON.stringify(header), withMember(claims, member, json(n))), reader),
      )
    }
  }
})
