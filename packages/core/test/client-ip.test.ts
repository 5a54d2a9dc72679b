import { explainClientAddress, type TokenRecord, type VerifierOptions } from '@patkit/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bearing, createApi, NOON, reader } from './api.ts'

type Options = Partial<VerifierOptions<TokenRecord>>

const PROXIES = { trustedProxies: ['10.0.0.0/8', '2001:db8:ffff::/48'] }
const PROXY = '10.0.0.1'
const CLIENT = '203.0.113.9'
/** Limited to CLIENT. */
const LIMITED = { ipAllowlist: [CLIENT] }

/** The result of a request through `peer`: whether CLIENT's token is allowed, and the recorded address. */
async function arriving(options: Options, peer: string | undefined, forwarded: readonly string[]) {
  const api = createApi(options)
  const { rawHeaders } = bearing(api.issue(LIMITED))
  const lines = forwarded.flatMap((line) => ['X-Forwarded-For', line])
  const request = { rawHeaders: [...rawHeaders, ...lines], ...(peer !== undefined && { peer }) }
  const outcome = await api.outcome(request)
  return [outcome, api.events[0]?.clientIp]
}

describe('without trusted proxies', () => {
  test('many peers are distinguished, the same ones again and again', async () => {
    const api = createApi({ cacheEntries: 1 })
    const token = api.issue({ ipAllowlist: ['10.0.0.0/16'] })
    for (let round = 0; round < 2; round++) {
      for (let n = 0; n < 2_000; n++) {
        const [high, low] = [n >> 8, n & 255]
        expect(await api.outcome(bearing(token, `10.0.${high}.${low}`))).toBe('allowed')
        expect(await api.outcome(bearing(token, `10.1.${high}.${low}`))).toBe('ip_denied')
      }
    }
  })

  test.each([
    `${'0'.repeat(50)}`,
    'unknown',
    '10.0.0.1:80',
    '',
    'unix',
    'fe80::1%',
    '%eth0',
    'fe80::1%eth0%1',
    '10.0.0.1%eth0',
    `fe80::1%${'x'.repeat(300)}`,
  ])('%j is no address', async (peer) => {
    const api = createApi()
    for (const _ of [1, 2]) expect(await api.outcome(bearing(api.issue(), peer))).toBe('allowed')
    expect(api.events.map((event) => event.clientIp)).toEqual([null, null])
    expect(await api.outcome(bearing(api.issue({ ipAllowlist: ['0.0.0.0/0', '::/0'] }), peer))).toBe('ip_denied')
  })

  test('no header says where a request comes from', async () => {
    expect(await arriving({}, PROXY, [CLIENT])).toEqual(['ip_denied', PROXY])
    expect(await arriving({ forwardedHeader: 'x-forwarded-for' }, PROXY, [CLIENT])).toEqual(['ip_denied', PROXY])
    expect(await arriving({ trustedProxies: [] }, PROXY, [CLIENT])).toEqual(['ip_denied', PROXY])
  })
})

describe('X-Forwarded-For through trusted proxies', () => {
  test.each<[string, string[], string, string | null]>([
    ['one proxy', [CLIENT], 'allowed', CLIENT],
    ['what the client claims is to the left', [`198.51.100.1, ${CLIENT}`], 'allowed', CLIENT],
    ['a forged address of the allowlist', [`${CLIENT}, 198.51.100.1`], 'ip_denied', '198.51.100.1'],
    ['forged words to the left', [`unknown, "', ${CLIENT}`], 'allowed', CLIENT],
    ['two proxies', [`${CLIENT}, 10.9.9.9`], 'allowed', CLIENT],
    ['proxies of both families', [`${CLIENT}, 2001:db8:ffff::1, 10.9.9.9`], 'allowed', CLIENT],
    ['a proxy as mapped IPv6', [`${CLIENT}, ::ffff:10.9.9.9`], 'allowed', CLIENT],
    ['a client as mapped IPv6', [`::ffff:${CLIENT}`], 'allowed', CLIENT],
    ['a foreign proxy hides the addresses behind it', [`${CLIENT}, 192.0.2.1, 10.9.9.9`], 'ip_denied', '192.0.2.1'],
    ['no header: the proxy itself', [], 'ip_denied', PROXY],
    ['nothing but proxies: the left-most', ['10.0.0.7, 10.0.0.8'], 'ip_denied', '10.0.0.7'],
    ['several lines are one list', [`198.51.100.1, ${CLIENT}`, '10.9.9.9'], 'allowed', CLIENT],
    ['SP and HTAB around entries', [` \t${CLIENT}\t ,10.9.9.9 `], 'allowed', CLIENT],
    ['IPv6 in canonical form', ['2001:DB8:0:0::7'], 'ip_denied', '2001:db8::7'],
  ])('%s: %j', async (_, forwarded, outcome, clientIp) => {
    expect(await arriving(PROXIES, PROXY, forwarded)).toEqual([outcome, clientIp])
    expect(await arriving(PROXIES, `::ffff:${PROXY}`, forwarded)).toEqual([outcome, clientIp])
  })

  test.each([
    '',
    ' ',
    ',',
    `${CLIENT},`,
    `${CLIENT}, ,10.9.9.9`,
    `${CLIENT},,10.9.9.9`,
    `, 10.9.9.9`,
    `${CLIENT}, unknown`,
    `${CLIENT}, _hidden`,
    `${CLIENT}, unix`,
    `${CLIENT}:`,
    `${CLIENT}:65536`,
    `${CLIENT}:4711x`,
    `[${CLIENT}]:4711`,
    `[2001:db8::7`,
    `[2001:db8::7]4711`,
    `"${CLIENT}"`,
    `for=${CLIENT}`,
    `${CLIENT} 10.9.9.9`,
    `${CLIENT}; 10.9.9.9`,
    `${CLIENT}/32`,
    '203.0.113.09',
    '0313.0.113.9',
    '0xcb.0.113.9',
    '3405803785',
    '203.113.9',
    `${CLIENT}%eth0`,
    'fe80::1%eth0',
    '::ffff:203.0.113.09',
    `\u00a0${CLIENT}`,
    `${CLIENT}\u2003`,
    `${CLIENT}\u0000`,
    `\u0000${CLIENT}`,
    '２03.0.113.9',
    '٢٠٣.٠.١١٣.٩',
    `\u0132\u0130\u0133.0.113.9`,
    '203。0。113。9',
  ])('an unreadable hop gives no address: %j', async (forwarded) => {
    expect(await arriving(PROXIES, PROXY, [forwarded])).toEqual(['ip_denied', null])
  })

  test('a peer and hops that cannot be read are counted, and reported once a minute and place', async () => {
    const api = createApi(PROXIES)
    const { rawHeaders } = bearing(api.issue())
    const arrive = (peer: string, forwarded: string) =>
      api.outcome({ rawHeaders: [...rawHeaders, 'X-Forwarded-For', forwarded], peer })
    for (const now of [NOON, NOON + 59_999, NOON + 60_000]) {
      api.time.now = now
      await arrive(PROXY, 'unknown')
      await arrive('pipe', CLIENT)
      await arrive('unix', CLIENT)
      await arrive(PROXY, CLIENT)
    }
    expect(api.verifier.health.unreadableAddresses).toBe(6)
    expect(api.faults.map(({ code, message }) => [code, message])).toEqual([
      ['ERR_PAT_ADDRESS_UNREADABLE', 'x-forwarded-for is not an address: "unknown"'],
      ['ERR_PAT_ADDRESS_UNREADABLE', 'the peer is not an address: "pipe"'],
      ['ERR_PAT_ADDRESS_UNREADABLE', 'x-forwarded-for is not an address: "unknown"'],
      ['ERR_PAT_ADDRESS_UNREADABLE', 'the peer is not an address: "pipe"'],
    ])
  })

  test('an unreadable hop denies under an allowlist only', async () => {
    const api = createApi(PROXIES)
    const { rawHeaders } = bearing(api.issue())
    const request = { rawHeaders: [...rawHeaders, 'X-Forwarded-For', 'unknown'], peer: PROXY }
    expect(await api.outcome(request)).toBe('allowed')
    expect(api.events[0]?.clientIp).toBeNull()
  })

  test('a peer on a link is a proxy where its address and zone are named', async () => {
    const proxies = { trustedProxies: ['fe80::1%eth0'] }
    expect(await arriving(proxies, 'fe80::1%eth0', [CLIENT])).toEqual(['allowed', CLIENT])
    expect(await arriving(proxies, 'fe80::1%eth1', [CLIENT])).toEqual(['ip_denied', 'fe80::1'])
    expect(await arriving({ trustedProxies: ['fe80::/10'] }, 'fe80::1%eth0', [CLIENT])).toEqual([
      'ip_denied',
      'fe80::1',
    ])
  })

  test('a foreign peer is the client, with any header', async () => {
    expect(await arriving(PROXIES, '198.51.100.1', [CLIENT])).toEqual(['ip_denied', '198.51.100.1'])
    expect(await arriving(PROXIES, CLIENT, ['198.51.100.1'])).toEqual(['allowed', CLIENT])
    expect(await arriving(PROXIES, undefined, [CLIENT])).toEqual(['ip_denied', null])
    expect(await arriving(PROXIES, 'not an address', [CLIENT])).toEqual(['ip_denied', null])
  })

  test('the other header is not looked at', async () => {
    const other: Options = { ...PROXIES, forwardedHeader: 'forwarded' }
    expect(await arriving(other, PROXY, [CLIENT])).toEqual(['ip_denied', PROXY])
  })

  test('many clients behind one proxy are distinguished, the same ones again and again', async () => {
    const api = createApi(PROXIES)
    const { rawHeaders } = bearing(api.issue({ ipAllowlist: ['2001:db8:1::/48'] }))
    const from = (client: string) =>
      api.outcome({ rawHeaders: [...rawHeaders, 'X-Forwarded-For', client], peer: PROXY })
    for (let round = 0; round < 2; round++) {
      for (let n = 0; n < 1_500; n++) {
        expect(await from(`2001:DB8:1::${n.toString(16)}`)).toBe('allowed')
        expect(await from(`2001:DB8:2::${n.toString(16)}`)).toBe('ip_denied')
      }
    }
    expect(api.events.at(-1)?.clientIp).toBe('2001:db8:2::5db')
  })

  test('what reads like an address in other letters is not remembered as one', async () => {
    const lookalike = '2001:db8::\u0131'
    expect(await arriving(PROXIES, PROXY, [lookalike])).toEqual(['ip_denied', null])
    const api = createApi(PROXIES)
    const { rawHeaders } = bearing(api.issue({ ipAllowlist: ['2001:db8::1'] }))
    for (const [client, outcome] of [
      [lookalike, 'ip_denied'],
      ['2001:db8::1', 'allowed'],
      [lookalike, 'ip_denied'],
    ])
      expect(await api.outcome({ rawHeaders: [...rawHeaders, 'X-Forwarded-For', `${client}`], peer: PROXY })).toBe(
        outcome,
      )
  })

  test.each([
    ['10 000 forged entries', `${'192.0.2.1, '.repeat(10_000)}${CLIENT}`, 'allowed', CLIENT],
    ['10 000 proxies', `${CLIENT}${', 10.0.0.1'.repeat(10_000)}`, 'allowed', CLIENT],
    ['10 000 proxies and no client', `${', 10.0.0.1'.repeat(10_000)}`, 'ip_denied', null],
    ['2 million commas', ','.repeat(2_000_000), 'ip_denied', null],
    ['2 million spaces', `${' '.repeat(2_000_000)}${CLIENT}`, 'allowed', CLIENT],
    ['2 million digits', '1'.repeat(2_000_000), 'ip_denied', null],
    ['2 million colons', ':'.repeat(2_000_000), 'ip_denied', null],
  ])('%s', async (_, forwarded, outcome, clientIp) => {
    expect(await arriving(PROXIES, PROXY, [forwarded])).toEqual([outcome, clientIp])
  })

  test('agrees with a plain reading of any list', async () => {
    const entry = fc.constantFrom(CLIENT, '192.0.2.1', '10.0.0.7', '2001:db8:ffff::7', 'unknown', '', 'unix')
    const proxies = ['10.0.0.7', '2001:db8:ffff::7']
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { minLength: 1, maxLength: 6 }), async (entries) => {
        const last = entries.findLast((text) => !proxies.includes(text)) ?? (entries[0] as string)
        const client = /[.:]/.test(last) ? last : null
        const outcome = client === CLIENT ? 'allowed' : 'ip_denied'
        expect(await arriving(PROXIES, PROXY, [entries.join(', ')])).toEqual([outcome, client])
      }),
    )
  })
})

describe('a unix socket', () => {
  const UNIX = { trustedProxies: ['unix', '10.0.0.0/8'] }

  test.each<[string, Options, string | undefined, string[], string, string | null]>([
    ['is trusted where it is named', UNIX, 'unix', [CLIENT], 'allowed', CLIENT],
    ['may have proxies behind it', UNIX, 'unix', [`${CLIENT}, 10.0.0.7`], 'allowed', CLIENT],
    ['is not trusted where it is not named', PROXIES, 'unix', [CLIENT], 'ip_denied', null],
    ['has no address of its own', UNIX, 'unix', [], 'ip_denied', null],
    ['is no entry of a header', UNIX, PROXY, [`${CLIENT}, unix`], 'ip_denied', null],
    ['is not what an unknown peer is', UNIX, undefined, [CLIENT], 'ip_denied', null],
    ['is not what an empty peer is', UNIX, '', [CLIENT], 'ip_denied', null],
    ['is written one way', UNIX, 'UNIX', [CLIENT], 'ip_denied', null],
  ])('%s', async (_, options, peer, forwarded, outcome, clientIp) => {
    expect(await arriving(options, peer, forwarded)).toEqual([outcome, clientIp])
  })
})

test.each<[Options, string | undefined, string[]]>([
  [{}, PROXY, []],
  [{ trustedProxies: [] }, PROXY, []],
  [PROXIES, CLIENT, []],
  [PROXIES, undefined, []],
  [PROXIES, PROXY, ['x-forwarded-for']],
  [{ ...PROXIES, forwardedHeader: 'forwarded' }, PROXY, ['forwarded']],
])('with %j and peer %s, %j is read besides the credential', async (options, peer, expected) => {
  const api = createApi(options)
  const asked: string[] = []
  const header = (request: Parameters<typeof reader.header>[0], name: string) => {
    asked.push(name)
    return reader.header(request, name)
  }
  await api.verifier.verify(bearing(api.issue(), peer), {
    ...reader,
    header,
    context: () => reader.context(bearing('')),
  })
  expect(asked).toEqual(['authorization', ...expected])
})

describe('explainClientAddress', () => {
  const TRUSTED = { trustedProxies: ['10.0.0.0/8', 'unix'] }

  test('explains the decision hop by hop', () => {
    expect(
      explainClientAddress({ 'X-Forwarded-For': '1.1.1.1, 203.0.113.9 , ::ffff:10.0.0.7' }, PROXY, TRUSTED),
    ).toEqual({
      client: CLIENT,
      hops: [
        { text: PROXY, address: PROXY, trusted: true, reason: 'trusted' },
        { text: '::ffff:10.0.0.7', address: '10.0.0.7', trusted: true, reason: 'trusted' },
        { text: CLIENT, address: CLIENT, trusted: false, reason: 'untrusted' },
      ],
    })
  })

  test.each<[object, string | null, string | null, object[]]>([
    [{}, CLIENT, CLIENT, [{ text: CLIENT, address: CLIENT, trusted: false, reason: 'untrusted' }]],
    [{}, PROXY, PROXY, [{ text: PROXY, address: PROXY, trusted: true, reason: 'leftmost' }]],
    [{}, 'unix', null, [{ text: 'unix', address: null, trusted: true, reason: 'leftmost' }]],
    [{}, null, null, [{ text: null, address: null, trusted: false, reason: 'unreadable' }]],
    [{}, 'tcp', null, [{ text: 'tcp', address: null, trusted: false, reason: 'unreadable' }]],
    [
      { 'x-forwarded-for': ['unknown', '10.0.0.7'] },
      'unix',
      null,
      [
        { text: 'unix', address: null, trusted: true, reason: 'trusted' },
        { text: '10.0.0.7', address: '10.0.0.7', trusted: true, reason: 'trusted' },
        { text: 'unknown', address: null, trusted: false, reason: 'unreadable' },
      ],
    ],
    [
      { 'x-forwarded-for': undefined, 'X-FORWARDED-FOR': '10.0.0.7', forwarded: 'for=192.0.2.1' },
      PROXY,
      '10.0.0.7',
      [
        { text: PROXY, address: PROXY, trusted: true, reason: 'trusted' },
        { text: '10.0.0.7', address: '10.0.0.7', trusted: true, reason: 'leftmost' },
      ],
    ],
  ])('%j from %s: %s', (headers, peer, client, hops) => {
    expect(explainClientAddress({ ...headers }, peer, TRUSTED)).toEqual({ client, hops })
  })

  test('shows the elements of Forwarded as they are', () => {
    const headers = { forwarded: 'for="[2001:db8::7]:4711";proto=https, by=10.0.0.7' }
    const { client, hops } = explainClientAddress(headers, PROXY, { ...TRUSTED, forwardedHeader: 'forwarded' })
    expect(client).toBeNull()
    expect(hops.at(-1)).toEqual({ text: 'by=10.0.0.7', address: null, trusted: false, reason: 'unreadable' })
  })

  test('trusts no proxy by default, and refuses what a verifier refuses', () => {
    expect(explainClientAddress({ 'x-forwarded-for': CLIENT }, PROXY, {}).client).toBe(PROXY)
    expect(() => explainClientAddress({}, PROXY, { trustedProxies: ['10/8'] })).toThrow('"trustedProxies"')
    expect(() => explainClientAddress({}, PROXY, { forwardedHeader: 'via' as never })).toThrow('"forwardedHeader"')
  })

  test('says what the verifier does', async () => {
    const entry = fc.constantFrom(CLIENT, '192.0.2.1', '10.0.0.7', 'unknown', '', '::1', 'unix')
    const peer = fc.constantFrom(CLIENT, PROXY, 'unix')
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 5 }), peer, async (lines, from) => {
        const [, clientIp] = await arriving(TRUSTED, from, lines)
        expect(explainClientAddress({ 'X-Forwarded-For': lines }, from, TRUSTED).client).toBe(clientIp)
      }),
    )
  })
})
