import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createApi } from './api.ts'
import { CLAIMS, SECRET, signText } from './issuer.ts'

const HEADER = { alg: 'HS256', typ: 'at+jwt' }

/** Signs any text as it is. */
function signRaw(header: string | Buffer, payload: string | Buffer = JSON.stringify(CLAIMS)): string {
  const input = [header, payload].map((part) => Buffer.from(part as string).toString('base64url')).join('.')
  return `${input}.${createHmac('sha256', SECRET).update(input).digest('base64url')}`
}

describe('header members (RFC 7515 §4.1)', () => {
  test.each<object>([
    { kid: 's' },
    { cty: 'json', x5t: 'a', 'x5t#S256': 'b', x5u: 'https://idp.example/x', jku: 'https://idp.example/y' },
    { x5c: ['MIIB'], jwk: {} },
    { b64: true },
    { foreign: { a: [1] } },
    { constructor: 1, toString: null },
  ])('%j is accepted', async (more) => {
    expect(await createApi().outcome(await signText(JSON.stringify(CLAIMS), { ...HEADER, ...more }))).toBe('allowed')
  })

  test.each<object>([
    ...['kid', 'typ', 'cty', 'jku', 'x5u', 'x5t', 'x5t#S256', 'alg'].flatMap((name) =>
      [{}, [], ['a'], 7, true, null].map((value) => ({ [name]: value })),
    ),
    ...[null, 'a', 7, [], true].map((jwk) => ({ jwk })),
    ...[null, 'a', [], [7], {}].map((x5c) => ({ x5c })),
    ...[null, [], ['x'], ['b64'], ['alg'], 'b64', {}].map((crit) => ({ crit, b64: true, x: 1 })),
    ...[false, null, 'true', 'false', 0, 1, {}, []].map((b64) => ({ b64 })),
    { b64: false, crit: ['b64'] },
    ...['DEF', '', null, 'none', {}].map((zip) => ({ zip })),
    { enc: 'A256GCM' },
  ])('%j is refused', async (more) => {
    const api = createApi()
    const signed = await signText(JSON.stringify(CLAIMS), { ...HEADER, ...more })
    expect([await api.outcome(signed), api.faults]).toEqual(['malformed_token', []])
  })
})

describe('names are unique, and text is UTF-8 (RFC 7515 §4, RFC 7519 §4, §7.2)', () => {
  const claims = JSON.stringify(CLAIMS)
  const header = JSON.stringify(HEADER)
  const more = (json: string, member: string) => `${json.slice(0, -1)},${member}}`

  test.each([
    ['a name that is a value elsewhere', header, more(claims, '"alg":"sub","a":["sub","sub",{"sub":1}]')],
    ['white space', header.replaceAll(',', ' ,\n'), claims.replaceAll('":', '" : ')],
    ['quotes and braces in texts', header, more(claims, String.raw`"a":"\"sub\":{[","b\":":"}"`)],
  ])('%s is accepted', async (_, head, payload) => {
    expect(await createApi().outcome(signRaw(head, payload))).toBe('allowed')
  })

  test.each<readonly [string, string | Buffer, string | Buffer]>([
    ['alg twice', more(header, '"alg":"HS256"'), claims],
    ['kid twice, once escaped', more(header, String.raw`"kid":"a","\u006bid":"a"`), claims],
    ['sub twice', header, more(claims, '"sub":"ada"')],
    ['exp twice, once escaped', header, more(claims, String.raw`"e\u0078p":99999999999`)],
    ['a nested name twice', header, more(claims, '"act":{"sub":"a","sub":"b"}')],
    ['a nested name twice in a list', header, more(claims, '"act":[{"a":{}},{"sub":"a","b":[],"sub":"b"}]')],
    ['a header that is a list', '["HS256"]', claims],
    ['claims that are a list', header, `[${claims}]`],
    [
      'a header of bytes that are no text',
      Buffer.concat([Buffer.from(more(header, '"a":"').slice(0, -1)), Buffer.from([0xff]), Buffer.from('"}')]),
      claims,
    ],
    ['a byte order mark', Buffer.from(`\ufeff${header}`), claims],
  ])('%s is refused', async (_, head, payload) => {
    const api = createApi()
    expect([await api.outcome(signRaw(head, payload)), api.faults]).toEqual(['malformed_token', []])
  })

  test.each([[['api', 7]], [['api', null]], [['api', ['api']]], [{ api: true }]])(
    'the audience %j is refused',
    async (aud) => {
      expect(await createApi().outcome(await signText(JSON.stringify({ ...CLAIMS, aud })))).toBe('malformed_token')
    },
  )
})
