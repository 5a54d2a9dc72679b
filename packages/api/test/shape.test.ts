import {
  type ApiProblem,
  type ApiShape,
  callerTokens,
  challengeProblem,
  createToken,
  JSON_SHAPE,
  NOTHING,
  nativeShape,
  pageSize,
  route,
  z,
} from '@patkit/api'
import { expect, test } from 'vitest'
import { ask, createHarness } from './harness.ts'

const SHAPE: ApiShape = {
  ...JSON_SHAPE,
  title: 'Keys',
  version: '2',
  problem: ({ errors }: ApiProblem) => ({ faults: errors }),
  problemSchema: z.object({ faults: z.array(z.unknown()) }).openapi('Faults'),
  routes: [
    route({
      id: 'createKey',
      method: 'post',
      path: '/keys',
      summary: 'A key',
      access: callerTokens,
      params: NOTHING,
      query: z.strictObject({ count: pageSize.optional() }),
      body: z.strictObject({ label: z.string() }),
      status: 201,
      answer: z.object({ id: z.string() }),
      operation: createToken,
      input: ({ body }) => ({ name: body.label }),
      output: ({ token }) => ({ id: token.id }),
    }),
  ],
}

test('a shape receives the part of the request and the path of a member', async () => {
  const harness = await createHarness({ shape: SHAPE })
  const faults = async (path: string, body: unknown) => (await ask(harness, 'user', 'POST', path, body)).body.faults
  expect(await faults('/keys?count=0', {})).toMatchObject([{ field: 'count', part: 'query' }])
  expect(await faults('/keys?count=1&count=2', {})).toMatchObject([{ field: 'count', part: 'query' }])
  expect(await faults('/keys', { label: 'a', 'b/c~': 1 })).toMatchObject([{ field: 'b~1c~0', part: 'body' }])
  expect(await faults('/keys', [])).toMatchObject([{ field: 'body', part: 'body' }])
  expect(await faults('/keys', '{')).toMatchObject([{ field: 'body' }])
  expect(await faults('/keys', { label: '' })).toMatchObject([{ field: 'name' }])
})

test('its problems are in its document, and patkit’s own are as they were', async () => {
  const { api } = await createHarness({ shape: SHAPE })
  expect(JSON.stringify(api.document)).toContain('#/components/schemas/Faults')
  const harness = await createHarness({ shape: nativeShape() })
  const { body } = await ask(harness, 'user', 'GET', '/tokens?limit=0')
  expect(body.errors).toEqual([{ field: 'limit', message: 'must be a whole number from 1 to 100' }])
})

test('a challenge is a problem, with the headers that are not about its form', () => {
  const headers = [
    ['Content-Type', 'application/problem+json'],
    ['Cache-Control', 'no-store'],
    ['WWW-Authenticate', 'Bearer realm="api"'],
  ] as const
  const body = JSON.stringify({ code: 'missing_token', detail: 'An access token is required' })
  expect(challengeProblem({ status: 401, headers, body })).toMatchObject({
    status: 401,
    code: 'missing_token',
    message: 'An access token is required',
    headers: [['WWW-Authenticate', 'Bearer realm="api"']],
  })
})
