import { readFileSync } from 'node:fs'
import { afterAll, describe, expect, test } from 'vitest'
import { programOf } from './page.ts'
import { DATABASE, type Database, TOKEN } from './reader.ts'

interface LambdaEvent {
  headers?: Record<string, string>
  multiValueHeaders?: Record<string, string[]>
  requestContext: { http?: { sourceIp: string }; identity?: { sourceIp: string } }
}

interface Answer {
  readonly statusCode: number
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[]>>
}

interface Program {
  readonly handler: (event: LambdaEvent, context: object) => Promise<Answer>
  readonly db: Database
}

const EVENTS = ['api-gateway-v1', 'api-gateway-v2', 'load-balancer', 'load-balancer-multi-value']
/** Each program has a database of its own. */
const mains = ['express', 'koa', 'hono'].map((name) => [
  `main-${name}.ts`,
  `export { handler } from './${name}.ts'\nexport * as db from './db.ts'\n`,
])
const page = programOf('docs/guides/hosts/lambda.md', { 'db.ts': DATABASE, ...Object.fromEntries(mains) })
afterAll(() => page.remove())

test('the programs compile', () => expect(page.complaints).toBe(''))

describe.each(['express', 'koa', 'hono'])('%s', (framework) => {
  const program = page.load<Program>(`main-${framework}.ts`)

  describe.each(EVENTS)('%s', (name) => {
    const sent = (change: (event: LambdaEvent) => void = () => {}) => send(program, name, change)

    test('a valid token is answered, and its event is written by then', async () => {
      const { answer, written } = await sent()
      expect([answer.statusCode, JSON.parse(answer.body)]).toEqual([200, { filesOf: 'ada' }])
      expect(headerOf(answer, 'vary')).toMatch(/\bAuthorization\b/)
      const request = expect.objectContaining({ method: 'GET', path: '/files' })
      expect(written).toEqual([expect.objectContaining({ outcome: 'allowed', clientIp: '203.0.113.9', request })])
    })

    test('a client outside the allowlist is refused, with any X-Forwarded-For', async () => {
      const { answer, written } = await sent((event) => {
        const { http, identity } = event.requestContext
        for (const peer of [http, identity]) if (peer !== undefined) peer.sourceIp = '198.51.100.7'
        setHeader(event, 'x-forwarded-for', ['203.0.113.9, 198.51.100.7'])
      })
      expect([answer.statusCode, headerOf(answer, 'www-authenticate')]).toEqual([
        401,
        expect.stringContaining('invalid_token'),
      ])
      expect(written).toEqual([expect.objectContaining({ outcome: 'ip_denied', clientIp: '198.51.100.7' })])
    })

    test('without a credential, the answer is 401', async () => {
      const { answer } = await sent((event) => setHeader(event, 'authorization', []))
      expect([answer.statusCode, headerOf(answer, 'www-authenticate')]).toEqual([401, 'Bearer realm="api"'])
    })
  })

  test.each(['api-gateway-v1', 'load-balancer-multi-value'])('%s: two lines are 400', async (name) => {
    const { answer } = await send(program, name, (event) =>
      setHeader(event, 'authorization', ['Bearer acme_pat_other', `Bearer ${TOKEN}`]),
    )
    expect(answer.statusCode).toBe(400)
  })

  test('api-gateway-v2 joins two lines, and they are 400', async () => {
    const { answer } = await send(program, 'api-gateway-v2', (event) =>
      setHeader(event, 'authorization', [`Bearer acme_pat_other,Bearer ${TOKEN}`]),
    )
    expect(answer.statusCode).toBe(400)
  })

  test('an event without requestContext has no client address', async () => {
    const { answer, written } = await send(program, 'api-gateway-v1', (event) => {
      event.requestContext = {}
    })
    expect([answer.statusCode, written[0]?.clientIp]).toEqual([401, null])
  })
})

/** Calls a handler with a copy of an event. */
async function send(loading: Promise<Program>, name: string, change: (event: LambdaEvent) => void) {
  const { handler, db } = await loading
  const text = readFileSync(new URL(`events/${name}.json`, import.meta.url), 'utf8').replaceAll('TOKEN', TOKEN)
  const event: LambdaEvent = JSON.parse(text)
  change(event)
  const before = db.kept.events.length
  const answer = await handler(event, {})
  return { answer, written: db.kept.events.slice(before) }
}

/** As AWS lays lines out: all of them in `multiValueHeaders`, the last one in `headers`. */
function setHeader({ headers, multiValueHeaders }: LambdaEvent, name: string, values: string[]): void {
  for (const all of [headers, multiValueHeaders] as Record<string, unknown>[]) {
    const key = Object.keys(all ?? {}).find((known) => known.toLowerCase() === name)
    if (key === undefined) continue
    if (values.length === 0) delete all[key]
    else all[key] = all === headers ? values.at(-1) : values
  }
}

function headerOf({ headers = {}, multiValueHeaders = {} }: Answer, name: string): string {
  const lines = Object.entries({ ...multiValueHeaders, ...headers })
  return lines.flatMap(([known, value]) => (known.toLowerCase() === name ? value : [])).join(', ')
}
