import { describe, expect, test } from 'vitest'
import { core } from './core.ts'
import { HONO_MOUNT, HONO_MOUNT_TWICE, NESTED_FRAMEWORKS, PREFIX } from './nested-frameworks.ts'
import { expectedOutcome, observe, outcomeOf } from './observation.ts'
import { overSocket } from './over-socket.ts'
import { type Vector, vectorNamed } from './vector.ts'

/** One or two of every topic. */
const VECTORS = [
  'a Bearer token',
  'no credentials',
  'a HEAD request',
  'two equal lines',
  'a tab after the scheme',
  'every reason for a 401 reads the same: unknown',
  'every reason for a 401 reads the same: expired',
  "a guard's body names the request",
  'a bad checksum never reaches the resolver',
  'a resolver that throws, then recovers',
  'a record without expiresAt',
  'a forged X-Forwarded-For',
  'a mapped peer and an IPv4 rule',
  'a scope that is not held',
  'all scopes are held',
  'segments that are held',
  'an id with a colon',
  'a user guard and a token without',
  'what a middleware puts where the record is read opens no door',
  'optional: no credentials',
  'optional: two lines',
  'optional: a scope guard and no credentials',
  'the token in a header of its own',
  'the same verifier twice decides once',
  'a handler that throws is answered once',
  'a handler that rejects is answered once',
  'a hook answers for a guard',
  'a hook that rejects after a lookup',
  'a hook that rejects for a guard',
]

describe.each(NESTED_FRAMEWORKS.map((framework) => [framework.name, framework] as const))('%s', (_name, framework) => {
  test.each(VECTORS)('%s', async (name) => {
    const vector = vectorNamed(name)
    const observation = await observe(vector, core, overSocket(framework, PREFIX))
    expect(outcomeOf(vector, observation)).toEqual(expectedOutcome(vector))
  })
})

describe(HONO_MOUNT.name, () => {
  test.each(['a scope that is held', 'a user guard and a token with a user'])('%s: the guard throws', async (name) => {
    const vector = vectorNamed(name)
    const { answers, heard } = await observe(vector, core, overSocket(HONO_MOUNT, PREFIX))
    expect(answers.map(({ status }) => status)).toEqual([500])
    expect(heard.handlerCalls).toBe(0)
    expect(heard.thrown).toMatchObject([{ code: 'ERR_PAT_GUARD_WITHOUT_AUTH' }])
  })

  test('patAuth outside still refuses', async () => {
    const vector = vectorNamed('no credentials')
    const observation = await observe(vector, core, overSocket(HONO_MOUNT, PREFIX))
    expect(outcomeOf(vector, observation)).toEqual(expectedOutcome(vector))
  })

  test('the record does not reach the mounted app', async () => {
    const { answers, heard } = await observe(vectorNamed('a Bearer token'), core, overSocket(HONO_MOUNT, PREFIX))
    expect(answers).toMatchObject([{ status: 200, body: '{"token":null,"user":null}' }])
    expect(heard.audit).toMatchObject([{ kind: 'use', outcome: 'allowed' }])
  })
})

test(`${HONO_MOUNT_TWICE.name}: guards work, and each decides and reports for itself`, async () => {
  const vector: Vector = { ...vectorNamed('a scope that is held'), verifier: 'shared' }
  const { answers, heard } = await observe(vector, core, overSocket(HONO_MOUNT_TWICE, PREFIX))
  expect(answers).toMatchObject([{ status: 200 }])
  expect(heard).toMatchObject({ handlerCalls: 1, resolverCalls: 1, thrown: [] })
  expect(heard.audit.map(({ kind, outcome }) => ({ kind, outcome }))).toEqual([
    { kind: 'use', outcome: 'allowed' },
    { kind: 'use', outcome: 'allowed' },
  ])
})
