import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import openapiTypescript, { astToString } from 'openapi-typescript'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ADA, createHarness, type Harness } from '../../packages/api/test/harness.ts'

const TESTS = fileURLToPath(new URL('..', import.meta.url))
/** Below the tests' own dependencies, so that the client resolves. */
const FOLDER = join(TESTS, 'node_modules/.cache/typed-client')

/** What a user writes. Its types come from the document alone. */
const PROGRAM = `import createClient from 'openapi-fetch'
import type { paths } from './schema.ts'

export async function live(fetch: (request: Request) => Promise<Response>, token: string) {
  const headers = { authorization: \`Bearer \${token}\` }
  const client = createClient<paths>({ baseUrl: 'http://localhost/manage', fetch, headers })

  const made = await client.POST('/tokens', { body: { name: 'ci', scopes: ['drive:read'], expires_in_days: 30 } })
  if (made.data === undefined) throw new Error(made.error.detail)
  const first: string = made.data.secret
  const path = { token_id: made.data.id }

  const { data: page } = await client.GET('/tokens', { params: { query: { status: 'active', limit: 1 } } })
  const names: string[] = page?.items.map(({ name }) => name) ?? []

  const rotated = await client.POST('/tokens/{token_id}/rotate', { params: { path }, body: {} })
  const second: string | undefined = rotated.data?.secret

  const revoked = await client.POST('/tokens/{token_id}/revoke', { params: { path } })
  const status: 'active' | 'expired' | 'revoked' | undefined = revoked.data?.status

  const refused = await client.POST('/tokens', { body: { name: '' } })
  const blamed = refused.error?.errors?.map(({ field }) => field)
  return { first, second, names, status, blamed }
}
`

/** What the compiler must refuse. */
const MISTAKES = `import createClient from 'openapi-fetch'
import type { paths } from './schema.ts'
const client = createClient<paths>({ baseUrl: '' })
// @ts-expect-error a name is required
client.POST('/tokens', { body: {} })
// @ts-expect-error a name is text
client.POST('/tokens', { body: { name: 7 } })
// @ts-expect-error there is no such status
client.GET('/tokens', { params: { query: { status: 'dead' } } })
// @ts-expect-error there is no such path
client.GET('/token')
`

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
  mkdirSync(FOLDER, { recursive: true })
  const schema = await openapiTypescript(JSON.parse(JSON.stringify(harness.api.document)))
  writeFileSync(join(FOLDER, 'schema.ts'), astToString(schema))
  writeFileSync(join(FOLDER, 'program.ts'), PROGRAM)
  writeFileSync(join(FOLDER, 'mistakes.ts'), MISTAKES)
  const config = { extends: join(TESTS, 'types/tsconfig.base.json'), include: ['.'] }
  writeFileSync(join(FOLDER, 'tsconfig.json'), JSON.stringify(config))
})
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }))

test('a client generated from the document compiles, and refuses mistakes', () => {
  expect(compiled()).toBe('')
})

test('it makes, lists, rotates and revokes a token', async () => {
  const { live } = await import(/* @vite-ignore */ pathToFileURL(join(FOLDER, 'program.ts')).href)
  const [, token] = harness.headersOf('managingToken').authorization?.split(' ') ?? []
  const { first, second, ...rest } = await live((request: Request) => harness.api.fetch(request), token)
  expect(rest).toEqual({ names: ['ci'], status: 'revoked', blamed: ['name'] })
  expect(first).toMatch(/^acme_/)
  expect(second).not.toBe(first)
  expect((await harness.tokens.list(ADA, { search: 'ci' })).items).toMatchObject([{ status: 'revoked' }])
})

function compiled(): string {
  try {
    execFileSync(join(TESTS, '../node_modules/.bin/tsc'), ['-p', FOLDER, '--noEmit'], { stdio: 'pipe' })
    return ''
  } catch (error) {
    return String((error as { stdout: Buffer }).stdout)
  }
}
