import { createForwardAuth } from '@patkit/api'
import { createVerifier } from '@patkit/core'
import { actingAs } from '@patkit/core/testing'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createHarness } from '../../packages/api/test/harness.ts'
import { sendRaw } from '../contract/raw-request.ts'
import { sendHttp2 } from './http2-request.ts'
import { HTTP2_MOUNTS, type Listening, listening, listeningHttp2, MOUNTS } from './mounts.ts'

/** What a mount makes of a request target: `answered` by the API, or left to what follows and to the server. */
interface Vector {
  readonly target: string
  readonly answered: boolean
}

const answered = (...targets: readonly string[]): Vector[] => targets.map((target) => ({ target, answered: true }))
const refused = (...targets: readonly string[]): Vector[] => targets.map((target) => ({ target, answered: false }))

const ANYWHERE = 'http://elsewhere.example'

const MANAGEMENT: readonly Vector[] = [
  ...answered('/manage/tokens', '/manage/tokens?limit=1', `${ANYWHERE}/manage/tokens`, '/manage/tokens?search=../a'),
  ...answered('/manage/tokens?search=%2e%2e%2f', '/manage/tokens?search=a\\b'),
  ...refused('/hi/../manage/tokens', '/./manage/tokens', '/manage/./tokens', '/manage/tokens/.', '/manage/tokens/..'),
  ...refused('/hi/%2e%2e/manage/tokens', '/hi/.%2E/manage/tokens', '/%2e/manage/tokens', '/hi/%2e./manage/tokens'),
  ...refused(
    '/%6danage/tokens',
    '/manage/%74okens',
    '/manage/%54okens',
    '/manage/%30',
    '/manage/toke%6Es',
    '/manage%5ftokens',
  ),
  ...refused('/manage%2ftokens', '/hi%2f..%2fmanage/tokens', '/hi/..%2Fmanage/tokens', '/manage/tokens%2f..'),
  ...refused('//manage/tokens', '/manage//tokens', '//elsewhere.example/manage/tokens', '///manage/tokens', '//'),
  ...refused(
    '\\manage\\tokens',
    '/manage\\tokens',
    '/x\\..\\manage/tokens',
    '/x%5c..%5cmanage/tokens',
    '/\\manage/tokens',
  ),
  ...refused(
    '/manage/tokens;a=b',
    '/manage;a/tokens',
    '/hi/..;/manage/tokens',
    '/hi/..;a=b/manage/tokens',
    '/hi/..%3b/manage/tokens',
  ),
  ...refused(
    '/manage/tokens%00',
    '/manage/tokens\0',
    '/manage/%0atokens',
    '/manage/tokens%7f',
    '/manage/tok\tens',
    '/manage/tokens\x01',
  ),
  ...refused(
    '/manage/principals/%ff',
    '/manage/tokens/%c0%ae%c0%ae',
    '/manage/tokens/%',
    '/manage/tokens/%4',
    '/manage/%e4',
  ),
  ...refused('/manage/tokens#a', '/manage#/tokens', '/manage/t\xf6kens', '/MANAGE/tokens', '/manage/tokens/'),
  ...refused(`${ANYWHERE}/hi/../manage/tokens`, `${ANYWHERE}//manage/tokens`, `${ANYWHERE}/%6danage/tokens`),
  ...refused(
    `${ANYWHERE}\\manage/tokens`,
    'http:/manage/tokens',
    'http:manage/tokens',
    'ftp://localhost/manage/tokens',
    'manage/tokens',
  ),
  ...refused('*', '', '?limit=1', 'localhost:80', '..', '../manage/tokens', 'javascript:/manage/tokens'),
]

const FORWARD_AUTH: readonly Vector[] = [
  ...answered(
    '/authorize/public',
    '/authorize/public/f',
    '/authorize/public/f?a=/../b',
    '/authorize/public//f',
    '/authorize/public/%c3%a4',
    '/authorize/public/a%2fb',
  ),
  ...answered(
    `${ANYWHERE}/authorize/public/f`,
    '/authorize/public/a.b',
    '/authorize/public/...',
    '/authorize/public/f;a=b',
  ),
  ...refused('/authorize/drive/../public/f', '/authorize/drive/%2e%2e/public/f', '/authorize/drive/.%2e/public/f'),
  ...refused(
    '/authorize/public/../drive/f',
    '/authorize/public/..',
    '/authorize/public/./f',
    '/authorize/public/..%2fdrive',
  ),
  ...refused('/authorize/public%2f..%2fdrive', '/authorize/public/x%2f..%2f..%2fdrive', '/authorize/public/..;/drive'),
  ...refused(
    '/authorize/%70ublic/f',
    '/authorize/publi%63',
    '/authorize/public/%41',
    '/authorize/public/%7e',
    '/authorize/public/%2D',
  ),
  ...refused('/authorize/public\\..\\drive', '/authorize/public/f%5cg', '/authorize\\public', '/authorize/public/a\\b'),
  ...refused(
    '/authorize/public/%00',
    '/authorize/public/f\0',
    '/authorize/public/%0d%0a',
    '/authorize/public/f%1F',
    '/authorize/public/f#g',
  ),
  ...refused('/authorize/public/%c0%ae%c0%ae/drive', '/authorize/public/%ff', '/authorize/public/%g'),
  ...refused(
    '/authorize/publicity',
    '/authorize',
    '//authorize/public',
    '/x//authorize/public',
    `${ANYWHERE}/authorize/drive/../public/f`,
  ),
  ...refused('*', 'authorize/public', '/authorize/public/\xe4'),
]

/** 200 and 401 come from the API, 418 from what follows it, 400 and 404 from the server and the framework. */
const OF_API = [200, 401, 403]

const { api } = await createHarness()
const forward = createForwardAuth({
  verifier: actingAs({ id: 't1', scopes: [] }),
  path: '/authorize/public',
  scopes: [],
})

describe.each(Object.entries(MOUNTS))('%s', (_, mount) => {
  let servers: readonly Listening[]
  beforeAll(async () => {
    servers = [await listening(mount(api)), await listening(mount(forward))]
  })
  afterAll(() => {
    for (const { close } of servers) close()
  })

  test.each([
    ['the management API', 0, MANAGEMENT],
    ['forward auth', 1, FORWARD_AUTH],
  ] as const)('%s answers plain paths and no others', async (_, at, vectors) => {
    const { port } = servers[at] as Listening
    const seen = await Promise.all(
      vectors.map(async ({ target }) => {
        const { status } = await sendRaw(port, { method: 'GET', path: target, lines: [], body: '' })
        return { target, answered: OF_API.includes(status) }
      }),
    )
    expect(seen).toEqual(vectors)
  })
})

/** HTTP/2 has no absolute form (RFC 9113 §8.3.1). */
describe.each(Object.entries(HTTP2_MOUNTS))('%s', (_, mount) => {
  let servers: readonly Listening[]
  beforeAll(async () => {
    servers = [await listeningHttp2(mount(api)), await listeningHttp2(mount(forward))]
  })
  afterAll(() => {
    for (const { close } of servers) close()
  })

  test.each([
    ['the management API', 0, MANAGEMENT],
    ['forward auth', 1, FORWARD_AUTH],
  ] as const)('%s answers plain paths and no others', async (_, at, vectors) => {
    const { url } = servers[at] as Listening
    const seen = await Promise.all(
      vectors.map(async ({ target }) => {
        const status = await sendHttp2(url, { path: target }).then(
          (answer) => answer.status,
          () => 400,
        )
        return { target, answered: OF_API.includes(status) }
      }),
    )
    expect(seen).toEqual(
      vectors.map(({ target, answered }) => ({ target, answered: answered && target.startsWith('/') })),
    )
  })
})

test.each(Object.entries(MOUNTS))(
  '%s takes no header for absent that its server may have dropped',
  async (_, mount) => {
    const harness = await createHarness()
    const lines = [`Authorization: ${harness.headersOf('managingToken').authorization}`, ...Array(996).fill('a: b')]
    const verifier = createVerifier({
      ...harness.tokens.verifierOptions,
      trustedProxies: ['127.0.0.1'],
      onError: () => {},
    })
    const targets = [
      [await listening(mount(harness.api)), '/manage/tokens'],
      [await listening(mount(createForwardAuth({ verifier, scopes: [] }))), '/authorize'],
    ] as const
    for (const [{ port, close }, path] of targets) {
      onTestFinished(close)
      const statusOf = async (more: readonly string[]) =>
        (await sendRaw(port, { method: 'GET', path, lines: [...lines, ...more], body: '' })).status
      expect(await statusOf([])).toBe(200)
      expect([400, 401]).toContain(await statusOf(['x-forwarded-for: 192.0.2.1', 'a: b']))
    }
  },
)
