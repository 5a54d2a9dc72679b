import { createApi, nativeShape } from '@patkit/api'
import { createVerifier, tokenFormat } from '@patkit/core'
import { createTokenService, memoryStore } from '@patkit/tokens'
import { Validator } from '@seriousme/openapi-schema-validator'
import { describe, expect, test } from 'vitest'

interface Operation {
  readonly operationId: string
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: object }>> }
  readonly responses: Readonly<Record<string, object>>
}

interface Document {
  readonly openapi: string
  readonly servers: readonly { readonly url: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

function documentAt(basePath: string): Document {
  const tokens = createTokenService({ store: memoryStore(), format: tokenFormat({ prefix: 'acme' }) })
  const verifier = createVerifier(tokens.verifierOptions)
  return createApi({ tokens, verifier, basePath, authenticate: () => null }).document as Document
}

const DOCUMENT = documentAt('')
const operation = (path: string, method: string) => DOCUMENT.paths[path]?.[method] as Operation

test.each(['', '/manage', '/api/v1.0/pats'])('the document below "%s" is valid OpenAPI 3.1', async (basePath) => {
  const document = documentAt(basePath)
  const validator = new Validator()
  const result = await validator.validate(JSON.parse(JSON.stringify(document)))
  expect(result).toEqual({ valid: true })
  expect(validator.version).toBe('3.1')
  expect(document.servers).toEqual([{ url: basePath === '' ? '/' : basePath }])
})

test('the validator would say so', async () => {
  const { openapi: _, ...rest } = DOCUMENT
  expect((await new Validator().validate({ ...rest, openapi: '3.1.0', paths: { tokens: {} } })).valid).toBe(false)
})

describe('the document', () => {
  test('has every route once, with a name of its own', () => {
    const listed = Object.entries(DOCUMENT.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId }]) => `${operationId} ${method} ${path}`),
    )
    const rows = nativeShape().routes.map(({ id, method, path }) => `${id} ${method} ${path}`)
    expect(listed.sort()).toEqual(rows.sort())
    expect(new Set(rows.map((row) => row.split(' ')[0])).size).toBe(rows.length)
  })

  test('names every parameter of a path as required', () => {
    for (const [path, methods] of Object.entries(DOCUMENT.paths)) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      for (const { parameters = [] } of Object.values(methods)) {
        const required = parameters.filter((parameter) => parameter.in === 'path' && parameter.required)
        expect(required.map(({ name }) => name)).toEqual(named)
      }
    }
  })

  test('describes form bodies', () => {
    expect(Object.keys(operation('/introspect', 'post').requestBody?.content ?? {})).toEqual([
      'application/x-www-form-urlencoded',
    ])
    expect(Object.keys(operation('/tokens', 'post').requestBody?.content ?? {})).toEqual(['application/json'])
  })

  test('says that unknown members are refused, and what every problem looks like', () => {
    const { requestBody, responses } = operation('/tokens', 'post')
    expect(requestBody?.content['application/json']?.schema).toMatchObject({ additionalProperties: false })
    expect(responses.default).toMatchObject({
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    })
  })
})
