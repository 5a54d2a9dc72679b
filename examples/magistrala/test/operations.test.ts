import { expect, test } from 'vitest'
import { DOMAIN, USER } from '../src/people.ts'
import { OPERATIONS, type Operation, scopeName } from '../src/scope.ts'
import { openHarness, type TestHarness } from './harness.ts'

const TYPE = `/domains/${DOMAIN}/channels`
const ONE = `${TYPE}/c1`

/** A request for each operation of the document. */
const REQUESTS: Readonly<Record<(typeof OPERATIONS)[number], string>> = {
  create: `POST ${TYPE}`,
  read: `GET ${ONE}`,
  list: `GET ${TYPE}`,
  update: `PATCH ${ONE}`,
  delete: `DELETE ${ONE}`,
  share: `POST ${ONE}/share`,
  unshare: `POST ${ONE}/unshare`,
  publish: `POST ${ONE}/messages`,
  subscribe: `GET ${ONE}/messages`,
}

test.each(OPERATIONS)('a PAT for %s on every channel opens that alone', async (operation) => {
  const harness = await openHarness()
  const secret = await patFor(harness, operation)
  const opened: string[] = []
  for (const [name, request] of Object.entries(REQUESTS)) {
    const status = await statusOf(harness, request, secret)
    if (status < 300) opened.push(name)
    else expect(status, name).toBe(403)
  }
  expect(opened).toEqual([operation])
})

async function patFor({ tokens }: TestHarness, operation: Operation): Promise<string> {
  const scope = scopeName({ domain: DOMAIN, entityType: 'channels', entityId: '*', operation })
  const { secret } = await tokens.create({ id: 'test', scopes: null }, USER, { name: 'one', scopes: [scope] })
  return secret.reveal()
}

async function statusOf({ send }: TestHarness, request: string, token: string): Promise<number> {
  const [method = '', path] = request.split(' ')
  const body = method === 'GET' ? null : JSON.stringify({ user_id: USER.principalId })
  const headers = { authorization: `Bearer ${token}` }
  return (await send(new Request(`http://localhost${path}`, { method, headers, body }))).status
}
