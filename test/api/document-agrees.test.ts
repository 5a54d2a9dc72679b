import { type Api, nativeShape, type Route } from '@patkit/api'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ask, createHarness } from '../../packages/api/test/harness.ts'

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly type?: string | readonly string[]
  readonly enum?: readonly string[]
  readonly required?: readonly string[]
}

interface Operation {
  readonly operationId: string
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[]
  readonly requestBody?: {
    readonly required: boolean
    readonly content: Readonly<Record<string, { readonly schema: Schema }>>
  }
}

const { api } = await createHarness()
const OPERATIONS = operationsOf(api)
const ROUTES = nativeShape().routes.map((route) => [route.id, route] as const)
const ajv = new Ajv2020({ strict: false })
addFormats.default(ajv)

function operationsOf({ document }: Api): ReadonlyMap<string, Operation> {
  const { paths } = document as { readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> }
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods))
  return new Map(operations.map((operation) => [operation.operationId, operation]))
}

const operationOf = ({ id }: Route) => OPERATIONS.get(id) as Operation

/** Texts on both sides of every rule that a schema has, beside any others. */
const TEXTS = [
  ...['', ' ', 'a', 'drive:read', 'drive:', 'a b', 'a:*', '*', 'user', 'service', 'active', 'all', 'denied', 'revoked'],
  ...['a'.repeat(255), 'a'.repeat(256), '😀'.repeat(255), '😀'.repeat(256), 'e\u0301'.repeat(150), 'x'.repeat(100)],
  'x'.repeat(101),
  ...['x'.repeat(257), 'd'.repeat(500), 'd'.repeat(501), 'a\u0000', 'a\u202eb', 'a\ud800', '\u2800', '\u00a0\u3000'],
  ...['👩\u200d🚀', '\u200d', '\n', 'keep', 'erase', 'pseudonymise', '10.0.0.0/8', 'null', '-1', '01', '1.5'],
  ...['2030-01-31T12:00:00Z', '2030-01-31t12:00:00z', '2030-01-31T12:00:00.123456789+23:59', '2030-02-30T00:00:00Z'],
  ...['2030-01-31T24:00:00Z', '2030-01-31T12:00:60Z', '2016-12-31T23:59:60Z', '2030-01-31T12:00:00', '2030-01-31'],
  ...['2030-01-31 12:00:00Z', '2030-01-31T12:00:00+24:00', '2030-01-31T12:00:00.1234567890Z', '0000-01-01T00:00:00Z'],
  ...['2030-01-31T12:00:00+0100', '2030-01-31T12:00:00+01', '2030-01-31T12:00:00.Z', '0, 1', '100', '101', '0'],
]
const text = fc.oneof(fc.constantFrom(...TEXTS), fc.string({ unit: 'binary', maxLength: 8 }), fc.string())
const number = fc.oneof(
  fc.constantFrom(0, -0, 1, -1, 0.5, 100, 36_500, 36_501, 3_155_760_000, 3_155_760_001, 2 ** 53, 1e300),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
)
const simple = fc.oneof(text, number, fc.constantFrom(null, true, false))
const list = fc.oneof(
  fc.array(text, { maxLength: 4 }),
  fc.array(simple, { maxLength: 4 }),
  fc.constantFrom(...[[], Array(500).fill('a'), Array(501).fill('a'), [['a']]]),
)
const anything = fc.oneof(simple, list, fc.constantFrom({}, { a: 1 }))

/** Values that a member may have more often than any others, so that whole bodies are accepted, too. */
function likely({ type, enum: words }: Schema): fc.Arbitrary<unknown> {
  const types = [type].flat()
  const good =
    words !== undefined
      ? fc.constantFrom(...words)
      : types.includes('array')
        ? list
        : types.includes('integer')
          ? number
          : text
  return fc.oneof({ weight: 5, arbitrary: good }, { weight: 1, arbitrary: anything })
}

function bodies({ properties = {}, required = [] }: Schema): fc.Arbitrary<unknown> {
  const record = (names: readonly string[]) =>
    fc.record(Object.fromEntries(names.map((name) => [name, likely(properties[name] as Schema)])))
  const names = fc.oneof(fc.subarray(Object.keys(properties)), fc.subarray(Object.keys(properties), { maxLength: 1 }))
  const known = names.chain((some) => record([...new Set([...required, ...some])]))
  const partial = names.chain(record)
  const added = fc.tuple(known, fc.constantFrom('id', 'organization_id', '__proto__', 'Name'), anything)
  // A member `__proto__` is one only where JSON is parsed.
  const unknown = added.map(([body, name, value]) => {
    const members = [...Object.entries(body), [name, value]].map((pair) =>
      pair.map((part) => JSON.stringify(part)).join(':'),
    )
    return JSON.parse(`{${members.join(',')}}`)
  })
  return fc.oneof(
    { weight: 10, arbitrary: known },
    { weight: 2, arbitrary: partial },
    { weight: 1, arbitrary: unknown },
    { weight: 1, arbitrary: anything },
  )
}

/** As it comes over the wire. */
const sent = (value: unknown) => JSON.parse(JSON.stringify(value))

const forms = ROUTES.filter(([, { bodyKind }]) => bodyKind === 'form')
const jsons = ROUTES.filter(([, { body, bodyKind }]) => body !== null && bodyKind !== 'form')

describe('of every body, the document and the validator say the same', () => {
  test.each(jsons)('%s', (_, route) => {
    for (const { schema } of Object.values(operationOf(route).requestBody?.content ?? {})) {
      agree(ajv.compile(schema), route, bodies(schema))
    }
  })

  test.each(forms)('%s, a form', (_, route) => {
    const schema = operationOf(route).requestBody?.content['application/x-www-form-urlencoded']?.schema ?? {}
    const names = fc.constantFrom('token', 'token_type_hint', 'other')
    agree(ajv.compile(schema), route, fc.dictionary(names, text, { maxKeys: 3 }))
  })

  function agree(documented: ValidateFunction, { body }: Route, values: fc.Arbitrary<unknown>) {
    const seen = { true: 0, false: 0 }
    const property = fc.property(values, (value) => {
      const wire = sent(value)
      const accepted = body?.safeParse(wire).success ?? false
      expect(documented(wire), JSON.stringify(wire)).toBe(accepted)
      seen[`${accepted}`]++
    })
    fc.assert(property, { numRuns: 400 })
    expect(Math.min(seen.true, seen.false)).toBeGreaterThan(0)
  }

  test('a body may be left out where the document says so', async () => {
    for (const [id, route] of [...jsons, ...forms]) {
      expect([id, operationOf(route).requestBody?.required]).toEqual([id, !route.body?.safeParse({}).success])
    }
  })

  test('a route without a body has none in the document', () => {
    for (const [id, route] of ROUTES)
      expect([id, operationOf(route).requestBody === undefined]).toEqual([id, route.body === null])
  })
})

const queries = ROUTES.filter(([, { query }]) => Object.keys(query.shape).length > 0)

describe('of every query, the document and the validator say the same', () => {
  test.each(queries)('%s', (_, route) => {
    const parameters = (operationOf(route).parameters ?? []).filter((parameter) => parameter.in === 'query')
    expect(parameters.map(({ name }) => name).sort()).toEqual(Object.keys(route.query.shape).sort())
    for (const { name, schema } of parameters) {
      const documented = ajv.compile(schema)
      const values = fc.oneof(text, fc.integer({ min: -5, max: 200 }).map(String))
      const property = fc.property(values, (value) => {
        const accepted = route.query.shape[name]?.safeParse(value).success
        expect(documented(read(value, schema)), JSON.stringify([name, value])).toBe(accepted)
      })
      fc.assert(property, { numRuns: 300 })
    }
  })

  /** What a parameter is of which the schema is a number: JSON has one form of each, without signs and zeros before it. */
  function read(value: string, { type }: Schema): unknown {
    return type === 'integer' && /^(?:0|-?[1-9]\d*)$/.test(value) ? Number(value) : value
  }
})

describe('the API follows its document about texts', () => {
  const schema = Object.values(OPERATIONS.get('createToken')?.requestBody?.content ?? {})[0]?.schema ?? {}
  const documented = ajv.compile(schema)
  /** Normalization makes more of these (Unicode's composition exclusions), which no schema can say. */
  const isShort = (value: unknown) => String(value).normalize('NFC').length <= String(value).length

  test.each(['name', 'description'])('%s', async (member) => {
    const harness = await createHarness()
    const property = fc.asyncProperty(text.filter(isShort), async (value) => {
      const body = { name: 'a', [member]: value }
      const { status } = await ask(harness, 'user', 'POST', '/tokens', body)
      expect(status, JSON.stringify(body)).toBe(documented(sent(body)) ? 201 : 400)
    })
    await fc.assert(property, { numRuns: 200 })
  })
})
