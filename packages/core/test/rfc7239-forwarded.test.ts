import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bearing, createApi } from './api.ts'

const OPTIONS = { trustedProxies: ['10.0.0.0/8'], forwardedHeader: 'forwarded' } as const

/** The client address of a request through 10.0.0.1 with these lines of `Forwarded`. */
async function clientOf(...lines: readonly string[]): Promise<string | null | undefined> {
  const api = createApi(OPTIONS)
  const { rawHeaders } = bearing(api.issue())
  await api.outcome({ rawHeaders: [...rawHeaders, ...lines.flatMap((line) => ['Forwarded', line])], peer: '10.0.0.1' })
  return api.events[0]?.clientIp
}

test.each([
  ['for=192.0.2.60', '192.0.2.60'],
  ['For=192.0.2.60', '192.0.2.60'],
  ['fOR=192.0.2.60', '192.0.2.60'],
  ['for="192.0.2.60"', '192.0.2.60'],
  ['for="192.0.2.60:47011"', '192.0.2.60'],
  ['for="192.0.2.60:_a.B-9"', '192.0.2.60'],
  ['For="[2001:db8:cafe::17]:4711"', '2001:db8:cafe::17'],
  ['for="[2001:DB8:CAFE::17]"', '2001:db8:cafe::17'],
  ['for="[::ffff:192.0.2.60]"', '192.0.2.60'],
  ['for="\\192.0\\.2.60"', '192.0.2.60'],
  ['for=192.0.2.60;proto=http;by=203.0.113.43', '192.0.2.60'],
  ['proto=http;by="_x,y;for=1.2.3.4";for=192.0.2.60', '192.0.2.60'],
  ['by="a\\"b, for=1.2.3.4";for=192.0.2.60', '192.0.2.60'],
  ['by="a\\\\";for=192.0.2.60', '192.0.2.60'],
  ['by="";for=192.0.2.60', '192.0.2.60'],
  ['by="\tÿ\\ÿ";for=192.0.2.60', '192.0.2.60'],
  [';;for=192.0.2.60;', '192.0.2.60'],
  [' \tfor=192.0.2.60 ;\tproto=https ', '192.0.2.60'],
  ['xfor=1.2.3.4;for=192.0.2.60;forx=1.2.3.4', '192.0.2.60'],
  ['for=192.0.2.43, for=192.0.2.60', '192.0.2.60'],
  ['for=192.0.2.60, for=10.0.0.7', '192.0.2.60'],
  ['for=192.0.2.60,for="10.0.0.7:80";by="a, b, c" , for=10.0.0.8', '192.0.2.60'],
  ['for=10.0.0.9, for=10.0.0.7', '10.0.0.9'],
  ['for=unknown, for=192.0.2.60', '192.0.2.60'],
])('%j is a request from %s', async (line, client) => {
  expect(await clientOf(line)).toBe(client)
})

test('several lines are one list', async () => {
  expect(await clientOf('for=192.0.2.43', 'for=192.0.2.60', 'for=10.0.0.7')).toBe('192.0.2.60')
})

test('without the header the proxy itself is the client', async () => {
  expect(await clientOf()).toBe('10.0.0.1')
})

describe('no address', () => {
  test.each([
    '',
    ',',
    ';',
    'for',
    'for=',
    'for=""',
    'for=;proto=http',
    'proto=http',
    'by=192.0.2.60',
    'for=unknown',
    'for=_hidden',
    'for="_gazonk"',
    'for=unix',
    'for=192.0.2.60, proto=http',
    'for=192.0.2.60,',
    'for=192.0.2.60, for=unknown',
    'for=192.0.2.60;for=192.0.2.60',
    'for=192.0.2.60;FOR=192.0.2.43',
    'for=192.0.2.60 proto=http',
    'for =192.0.2.60',
    'for= 192.0.2.60',
    'for=192.0.2.60;=x',
    'for=192.0.2.60;proto',
    'for=192.0.2.60;proto=',
    'for=192.0.2.60:80',
    'for=2001:db8::1',
    'for=[2001:db8::1]',
    'for="2001:db8::1"',
    'for="[2001:db8::1"',
    'for="[2001:db8::1]4711"',
    'for="[2001:db8::1]:"',
    'for="[2001:db8::1]:123456"',
    'for="[2001:db8::1]:-1"',
    'for="[2001:db8::1]:_"',
    'for="[2001:db8::1]:80 "',
    'for="[2001:db8::1%eth0]"',
    'for="[192.0.2.60]"',
    'for="[]"',
    'for="192.0.2.60:"',
    'for="192.0.2.60:80:80"',
    'for="192.0.2.60:8\u0660"',
    'for=" 192.0.2.60"',
    'for="192.0.2.060"',
    'for="192.0.2.60',
    'for=192.0.2.60"',
    'for="192.0.2.60"x',
    'for="192.0.2.60""',
    'for=""192.0.2.60""',
    'for="192.0.2.60\\"',
    'for="192.0.2.60\\',
    'for="192.0.2.60\u0000"',
    'for="192.0.2.60\\\u0000"',
    'for="192.0.2.60\u007f"',
    'for=192.0.2.60;by="\u0000"',
    'for=192.0.2.60;by="\\\u0000"',
    'for=192.0.2.60;by="\u007f"',
    'for=192.0.2.60\u0000',
    'for=192.0.2.60;by="\u0100"',
    "for='192.0.2.60'",
    'for=192.0.2.６0',
    'ſor=192.0.2.60',
    '192.0.2.60',
    'for=192.0.2.60\u00a0',
  ])('in %j', async (line) => {
    expect(await clientOf(line)).toBeNull()
  })
})

/** Text that a client may put to the left of the element of our proxy. */
const CLAIM = fc.oneof(
  fc.string({ unit: 'binary-ascii', maxLength: 40 }),
  fc.string({ unit: fc.constantFrom('"', '\\', ',', ';', '=', ' ', 'for=', '10.0.0.7', '[', ']'), maxLength: 12 }),
)
/** What a quoted-string may hold, escaped where it must be, and sometimes where it need not. */
const QUOTED = fc
  .array(fc.tuple(fc.constantFrom('"', '\\', ',', ';', '=', ' ', 'for', 'x', 'é'), fc.boolean()), { maxLength: 8 })
  .map((parts) => parts.map(([text, escaped]) => (escaped || /["\\]/.test(text) ? `\\${text}` : text)).join(''))
const NODE = fc.constantFrom(
  ['192.0.2.60', '192.0.2.60'],
  ['"192.0.2.60:80"', '192.0.2.60'],
  ['"[2001:db8::7]:_p"', '2001:db8::7'],
)

test('nothing to the left of an element changes how it is read', async () => {
  await fc.assert(
    fc.asyncProperty(CLAIM, QUOTED, NODE, fc.boolean(), async (claim, quoted, [node, client], first) => {
      const pairs = [`for=${node}`, `by="${quoted}"`]
      const element = (first ? pairs : pairs.toReversed()).join(';')
      expect(await clientOf(`${claim}, ${element}`)).toBe(client)
      expect(await clientOf(`${claim}, ${element}, for=10.0.0.7;by="${quoted}"`)).toBe(client)
    }),
    { numRuns: 500 },
  )
})

test.each([
  ['10 000 claims', `${'for=192.0.2.1, '.repeat(10_000)}for=192.0.2.60`, '192.0.2.60'],
  ['10 000 proxies', `for=192.0.2.60${', for="10.0.0.1:80"'.repeat(10_000)}`, '192.0.2.60'],
  ['1 million parameters', `${'a=b;'.repeat(1_000_000)}for=192.0.2.60`, '192.0.2.60'],
  ['a parameter of 2 MB', `a="${'x'.repeat(2_000_000)}";for=192.0.2.60`, '192.0.2.60'],
  ['a million escaped quotes', `by="${'\\"'.repeat(1_000_000)}";for=192.0.2.60`, '192.0.2.60'],
  ['two million quotes', `for=192.0.2.60${'"'.repeat(2_000_000)}`, null],
  ['two million backslashes', `for=192.0.2.60;by="${'\\'.repeat(2_000_000)}"`, '192.0.2.60'],
  ['two million and one', `for=192.0.2.60;by="${'\\'.repeat(2_000_001)}"`, null],
  ['two million brackets', `for="${'['.repeat(2_000_000)}"`, null],
  ['two million colons', `for="${':'.repeat(2_000_000)}"`, null],
  ['two million semicolons', ';'.repeat(2_000_000), null],
  ['two million spaces', `for=192.0.2.60${' '.repeat(2_000_000)};`, '192.0.2.60'],
])('%s', async (_, line, client) => {
  expect(await clientOf(line)).toBe(client)
})
