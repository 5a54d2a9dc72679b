import { describe, expect, test, vi } from 'vitest'
import { textList } from '../../src/import/cells.ts'
import { type ForeignToken, isFault } from '../../src/import/foreign-token.ts'
import { type LineFault, type ReadOptions, readForeignTokens } from '../../src/import/index.ts'
import { hashed, NOW } from './foreign-dumps.ts'
import { bytes } from './harness.ts'

const SECRET = 'old-live-0000000000000001'
const DIGEST = hashed(SECRET)
const DEFAULTS = { organizationId: 'acme', principalId: 'ada' }
const CSV: ReadOptions = { layout: 'sha256', fileFormat: 'csv', defaults: DEFAULTS, clock: () => NOW }

interface Read {
  readonly tokens: readonly ForeignToken[]
  readonly faults: readonly LineFault[]
  readonly ignored: Readonly<Record<string, number>>
  readonly absent: readonly string[]
}

async function read(text: string | AsyncIterable<string | Uint8Array>, options: ReadOptions = CSV): Promise<Read> {
  const file = readForeignTokens(typeof text === 'string' ? bytes(text) : text, options)
  const items: (ForeignToken | LineFault)[] = []
  for await (const item of file) items.push(item)
  return {
    tokens: items.filter((item): item is ForeignToken => !isFault(item)),
    faults: items.filter((item): item is LineFault => isFault(item)),
    ignored: Object.fromEntries(file.ignored),
    absent: file.absent(),
  }
}

/** Line, field and problem of each fault, and that none of them shows what must not be seen. */
async function faults(text: string, options: ReadOptions = CSV): Promise<readonly string[]> {
  const { faults: found } = await read(text, options)
  const sentences = found.map(({ line, field, problem }) => `${line} ${field} ${problem}`)
  expect(sentences.join('\n')).not.toMatch(/old-live|[0-9a-fA-F]{64}|[A-Za-z0-9+/_-]{43}/)
  return sentences
}

function line(member: object): string {
  return `${JSON.stringify(member)}\n`
}

describe('CSV', () => {
  test('quotes, line breaks in them, CRLF, empty lines and a byte order mark are read', async () => {
    const text = `\ufeffdigest,name\r\n\r\n${DIGEST},"a ""b"",\nc"\r\n\r\n${hashed('2')},d`
    const { tokens } = await read(text)
    expect(tokens.map(({ line: at, input }) => [at, input.name])).toEqual([
      [3, 'a "b",\nc'],
      [6, 'd'],
    ])
  })

  test('characters that a piece of the file cuts in two stay whole', async () => {
    const { tokens } = await read(bytes(`digest,name\n${DIGEST},日本語👩‍🚀`, 1))
    expect(tokens[0]?.input.name).toBe('日本語👩‍🚀')
  })

  test.each(['', '\\N', 'NULL'])('%j is null', async (empty) => {
    const { tokens } = await read(`digest,name,expires_at\n${DIGEST},${empty},${empty}`)
    expect(tokens[0]?.input).toMatchObject({ name: 'imported from sha256', expiresAt: null })
  })

  test('a line with too few or too many columns is a fault, and those around it are not', async () => {
    const text = `digest,name\n${DIGEST},a\n${DIGEST}\n${SECRET},b,c\n${hashed('2')},d`
    expect(await faults(text)).toEqual([
      '3 null has 1 columns, and the header 2',
      '4 null has 3 columns, and the header 2',
    ])
    expect((await read(text)).tokens).toHaveLength(2)
  })

  test.each([
    [`digest,name\n${DIGEST},"a\n${SECRET},b`, 'a quote is not closed'],
    [`digest,name\n${DIGEST},${SECRET}"b\n`, 'the file is not CSV as RFC 4180 has it from here on'],
  ])('a quote in the wrong place ends the file with a fault, case %#', async (text, problem) => {
    const [sentence = ''] = await faults(text)
    expect(sentence.replace(/^\d+ null /, '')).toBe(problem)
  })

  test('a record without an end is a fault, not all of the memory', async () => {
    async function* endless(): AsyncGenerator<string> {
      yield 'digest,name\nx,"'
      for (;;) yield SECRET.repeat(1_000)
    }
    const { faults: found } = await read(endless())
    expect(found.map(({ problem }) => problem)).toEqual([
      'the record is longer than 1048576 bytes: is a quote not closed?',
    ])
  })

  test('a file without a header shows nothing of its first line', async () => {
    const text = `${SECRET},${DIGEST}\n${SECRET},${DIGEST}\n`
    expect(await faults(text)).toEqual([
      '1 digest is no column here: the header is missing, or the layout is another one',
    ])
  })

  test('a column that is there twice is a fault, even if one of them is empty', async () => {
    const ends = '2030-01-01T00:00:00Z'
    const text = `digest,expires_at,expires_at\n${DIGEST},${ends},\n${hashed('2')},,${ends}`
    expect(await faults(text)).toEqual(['2 expires_at occurs twice', '3 expires_at occurs twice'])
  })

  test('a member of a JSON column does not take the place of a column', async () => {
    const text = line({ key_hash: DIGEST, id: 'a', metadata: { ownerId: 'ada', keyHash: hashed('2'), id: 'b' } })
    expect(await faults(text, { ...CSV, layout: 'keypal', fileFormat: 'jsonl' })).toEqual([
      '1 keyHash occurs twice',
      '1 id occurs twice',
    ])
  })

  test('text that is not UTF-8 is a fault', async () => {
    async function* latin1(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(`digest,name\n${DIGEST},a\n`)
      yield Buffer.from([0x4d, 0xfc, 0x6c, 0x6c])
    }
    const { faults: found } = await read(latin1())
    expect(found.map(({ problem }) => problem)).toEqual(['the file is not UTF-8'])
  })

  test.each([1, 2, 3, 64])(
    'UTF-16 is named, and a byte order mark of UTF-8 is dropped, in pieces of %i',
    async (size) => {
      const text = `digest,name\n${DIGEST},Grüße\n`
      const readAs = (file: Buffer, options = CSV) => {
        async function* pieces(): AsyncGenerator<Uint8Array> {
          for (let at = 0; at < file.length; at += size) yield file.subarray(at, at + size)
        }
        return read(pieces(), options)
      }
      const little = Buffer.from(`\ufeff${text}`, 'utf16le')
      for (const utf16 of [little, Buffer.from(little).swap16(), little.subarray(2)]) {
        for (const fileFormat of ['csv', 'jsonl'] as const) {
          const { faults: found } = await readAs(utf16, { ...CSV, fileFormat })
          expect(found).toEqual([
            { line: 1, field: null, problem: 'the file is UTF-16, as PowerShell writes with ">": save it as UTF-8' },
          ])
        }
      }
      const { tokens } = await readAs(Buffer.from(`\ufeff${text}`))
      expect(tokens[0]?.input).toMatchObject({ digest: DIGEST, name: 'Grüße' })
    },
  )

  test.each([
    ['["drive:read","drive:write"]', ['drive:read', 'drive:write']],
    ['{drive:read,drive:write}', ['drive:read', 'drive:write']],
    ['{"drive:read", drive:write }', ['drive:read', 'drive:write']],
    ['{"a,b","{c}","d\\"e","NULL"}', ['a,b', '{c}', 'd"e', 'NULL']],
    ['{drive:read}', ['drive:read']],
    ['{}', []],
    [' { } ', []],
    ['drive:read drive:write', ['drive:read', 'drive:write']],
    ['drive:read,drive:write', ['drive:read', 'drive:write']],
    ['drive:read, drive:write', ['drive:read', 'drive:write']],
    ['["a,b"]', ['a,b']],
    ['drive:read', ['drive:read']],
  ])('%s is a list', (cell, entries) => {
    expect(textList(cell)).toEqual(entries)
  })

  test.each([
    ['[drive:read,drive:write]', 'is no JSON array'],
    ['["a",7]', 'must be an array of texts'],
    ['{drive:read,NULL}', 'has a NULL in its array'],
    ['{drive:read,null}', 'has a NULL in its array'],
    ['{{drive:read},{drive:write}}', 'has an array in its array'],
    ['{drive:read', 'begins like an array of PostgreSQL and is not a valid one'],
    ['{drive:read,}', 'begins like an array of PostgreSQL and is not a valid one'],
    ['{"drive:read}', 'begins like an array of PostgreSQL and is not a valid one'],
    ['{"drive":["read"]}', 'begins like an array of PostgreSQL and is not a valid one'],
    ['{drive:read} x', 'has text behind its array'],
    ['[0:1]={a,b}', 'is no JSON array'],
    ['a,,b', 'mixes commas and spaces, or has an empty entry'],
    ['a b,c', 'mixes commas and spaces, or has an empty entry'],
  ])('%s in a cell is refused with its line and column', async (cell, problem) => {
    const quoted = `"${cell.replaceAll('"', '""')}"`
    for (const column of ['scopes', 'ip_allowlist']) {
      const found = await faults(`digest,name,${column}\n${DIGEST},a,${quoted}\n`)
      expect(found).toEqual([expect.stringContaining(`2 ${column} ${problem}`)])
    }
  })

  test('what the stream throws goes through', async () => {
    async function* broken(): AsyncGenerator<string> {
      yield 'digest\n'
      throw new Error('disk')
    }
    await expect(read(broken())).rejects.toThrow('disk')
    await expect(read(broken(), { ...CSV, fileFormat: 'jsonl' })).rejects.toThrow('disk')
  })
})

describe('JSON lines', () => {
  const JSONL: ReadOptions = { ...CSV, fileFormat: 'jsonl' }

  test('objects are read, empty lines are not, and U+2028 ends none', async () => {
    const text = `${line({ digest: DIGEST, name: 'a\u2028b' })}\n${line({ digest: hashed('2') })}`
    const { tokens } = await read(text, JSONL)
    expect(tokens.map(({ line: at, input }) => [at, input.name])).toEqual([
      [1, 'a\u2028b'],
      [3, 'imported from sha256'],
    ])
  })

  test.each([`[${line({ digest: DIGEST })}]`, SECRET, 'null', '"text"', `{"digest":"${SECRET}`])(
    'anything else is a fault, case %#',
    async (text) => {
      const [first] = await faults(text, JSONL)
      expect(first).toBe('1 null is not a JSON object: a file of JSON lines has one a line')
    },
  )

  test('a line without an end is a fault', async () => {
    async function* endless(): AsyncGenerator<string> {
      for (;;) yield SECRET.repeat(1_000)
    }
    const { faults: found } = await read(endless(), JSONL)
    expect(found.map(({ problem }) => problem)).toEqual(['the line is longer than 1048576 characters'])
  })

  test('a number that is too long is not an id, and neither is a member of another type', async () => {
    const text = `{"digest":"${DIGEST}","principal":12345678901234567890,"name":{"a":1},"scopes":[1]}`
    expect(await faults(text, JSONL)).toEqual([
      '1 principal must be text, or a whole number of at most 15 digits',
      '1 name must be text, or a whole number of at most 15 digits',
      '1 scopes must be an array of texts',
    ])
  })

  test('a column that is there in two spellings is a fault', async () => {
    const text = line({ digest: DIGEST, expires_at: null, expiresAt: '2030-01-01T00:00:00Z' })
    expect(await faults(text, JSONL)).toEqual(['1 expiresAt occurs twice'])
  })

  test('a member called __proto__ is a column like another', async () => {
    const text = `{"digest":"${DIGEST}","__proto__":{"name":"x"}}\n`
    expect(await faults(text, JSONL)).toEqual(['1 __proto__ is not a column of this layout'])
  })
})

describe('digests', () => {
  test.each([
    ['hex', DIGEST],
    ['HEX', DIGEST.toUpperCase()],
    ['base64', hashed(SECRET, 'base64')],
    ['base64 without padding', hashed(SECRET, 'base64').replace('=', '')],
    ['base64url', hashed(SECRET, 'base64url')],
    ['base64url with padding', `${hashed(SECRET, 'base64url')}=`],
  ])('are read from %s', async (_, digest) => {
    expect((await read(`digest\n${digest}`)).tokens[0]?.input.digest).toBe(DIGEST)
  })

  test.each([
    [SECRET, 'is not a SHA-256 digest in hex or base64url or base64: tokens themselves'],
    ['x'.repeat(64), 'is not a SHA-256 digest'],
    [`${DIGEST}0`, 'is not a SHA-256 digest'],
    [`12|${'a'.repeat(40)}`, 'is not a SHA-256 digest'],
    [`${'A'.repeat(42)}B`, 'is not a SHA-256 digest'],
    ['a'.repeat(128), 'is a SHA-512 digest'],
    ['$2y$10$abcdefghijklmnopqrstuv', 'is a password hash'],
    ['$argon2id$v=19$m=65536', 'is a password hash'],
    ['', 'is missing'],
  ])('other things are refused and not shown, case %#', async (digest, problem) => {
    const [sentence] = await faults(`digest,name\n${digest},a`)
    expect(sentence).toContain(`2 digest ${problem}`)
  })

  test.each([
    ['sanctum', 'token', 'base64'],
    ['keypal', 'key_hash', 'base64url'],
    ['better-auth', 'key', 'hex'],
    ['unkey', 'hash', 'hex'],
  ] as const)('of %s have its encoding, and no other', async (layout, column, encoding) => {
    const [sentence] = await faults(`${column}\n${hashed(SECRET, encoding)}`, { ...CSV, layout })
    expect(sentence).toMatch(/^2 \w+ is not a SHA-256 digest in \w+: /)
  })
})

describe('dates', () => {
  async function ends(text: string, options: Partial<ReadOptions> = {}): Promise<Date | string | null | undefined> {
    const column = { unkey: 'expires' }[options.layout as string] ?? 'expires_at'
    const digest = { sanctum: 'token', unkey: 'hash', 'better-auth': 'key' }[options.layout as string] ?? 'digest'
    const encoding = ({ unkey: 'base64', 'better-auth': 'base64url' } as const)[options.layout as 'unkey'] ?? 'hex'
    const { tokens, faults: found } = await read(`${digest},${column}\n${hashed(SECRET, encoding)},${text}`, {
      ...CSV,
      ...options,
    })
    return found[0]?.problem ?? tokens[0]?.input.expiresAt
  }

  test.each([
    ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31t12:00:00z', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31 12:00:00+00', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31 12:00:00.123456-05:30', '2026-01-31T17:30:00.123Z'],
    ['2026-01-31T00:30:00.9+0100', '2026-01-30T23:30:00.900Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
  ])('%s is read', async (text, instant) => {
    expect(await ends(text)).toEqual(new Date(instant))
  })

  test.each([
    ['2026-02-30T00:00:00Z', 'names a day that the calendar does not have'],
    ['2025-02-29T00:00:00Z', 'names a day that the calendar does not have'],
    ['2026-13-01T00:00:00Z', 'names a day that the calendar does not have'],
    ['0000-00-00 00:00:00Z', 'names a day that the calendar does not have'],
    ['2026-01-31T12:00:00', 'has no offset from UTC, and could be any of 24 hours'],
    ['2026-01-31 12:00:00', 'has no offset from UTC, and could be any of 24 hours'],
    ['2026-01-31T24:00:00Z', 'must be a date such as 2026-01-31T12:00:00Z'],
    ['2026-01-31T12:60:00Z', 'must be a date such as 2026-01-31T12:00:00Z'],
    ['2026-01-31T12:00Z', 'must be a date such as 2026-01-31T12:00:00Z'],
    ['2026-01-31', 'must be a date such as 2026-01-31T12:00:00Z'],
    ['31/01/2026', 'must be a date such as 2026-01-31T12:00:00Z'],
    ['1', 'must be a date such as 2026-01-31T12:00:00Z'],
    ['1769860800', 'must be a date such as 2026-01-31T12:00:00Z'],
  ])('%s is refused', async (text, problem) => {
    expect(await ends(text)).toBe(problem)
  })

  test.each(['sanctum', 'unkey'] as const)('without an offset they are UTC in %s', async (layout) => {
    expect(await ends('2026-01-31 12:00:00', { layout })).toEqual(new Date('2026-01-31T12:00:00Z'))
    expect(await ends('2026-02-30 12:00:00', { layout })).toBe('names a day that the calendar does not have')
    expect(await ends('2026-01-31 12:00:00', { layout, assumeUtc: false })).toContain('no offset')
  })

  test('without an offset they are UTC where the operator says so', async () => {
    expect(await ends('2026-01-31 12:00:00', { assumeUtc: true })).toEqual(new Date('2026-01-31T12:00:00Z'))
    expect(await ends('2026-01-31 12:00:00', { layout: 'better-auth' })).toContain('no offset')
  })

  test.each(['better-auth', 'unkey'] as const)('are seconds or milliseconds in %s', async (layout) => {
    expect(await ends('1769860800', { layout })).toEqual(new Date('2026-01-31T12:00:00Z'))
    expect(await ends('1769860800123', { layout })).toEqual(new Date('2026-01-31T12:00:00.123Z'))
    expect(await ends('20260131', { layout })).toContain('since 1970')
  })
})

describe('columns', () => {
  test('one that this layout has not is a fault: a limit that is misspelt would be lost', async () => {
    expect(await faults(`digest,expire_at\n${DIGEST},2030-01-01T00:00:00Z`)).toEqual([
      '2 expire_at is not a column of this layout',
    ])
  })

  test('are named where something is said of them, unless their name may be a token', async () => {
    const text = line({ token: DIGEST, tokenable_id: 1, [SECRET.repeat(2)]: 1, [hashed('x', 'base64url')]: 2, note: 3 })
    const { ignored } = await read(text, { ...CSV, layout: 'sanctum', fileFormat: 'jsonl' })
    expect(ignored).toEqual({ '(a column without a plain name)': 2, note: 1 })
  })

  test('that would have limited tokens, and are not there, are said', async () => {
    expect((await read(`digest\n${DIGEST}`)).absent).toEqual(['expires_at', 'revoked_at', 'ip_allowlist'])
    const sanctum = await read(`token,tokenable_id\n${DIGEST},1`, { ...CSV, layout: 'sanctum' })
    expect(sanctum.absent).toEqual(['expires_at'])
  })

  test('an unreadable flag is no flag', async () => {
    const text = `key,enabled\n${hashed(SECRET, 'base64url')},no`
    expect(await faults(text, { ...CSV, layout: 'better-auth' })).toEqual(['2 enabled must be true or false'])
  })

  test.each([
    ['true', null],
    ['t', null],
    ['1', null],
    ['f', NOW],
    ['0', NOW],
    ['false', NOW],
  ])('enabled = %s', async (flag, revokedAt) => {
    const { tokens } = await read(`key,enabled\n${hashed(SECRET, 'base64url')},${flag}`, {
      ...CSV,
      layout: 'better-auth',
    })
    expect(tokens[0]?.input.revokedAt?.getTime() ?? null).toBe(revokedAt)
  })

  test('every fault of a line is found', async () => {
    const sentences = await faults(`digest,expires_at,scopes\n${SECRET},soon,[1]`, { ...CSV, defaults: {} })
    expect(sentences.map((sentence) => sentence.split(' ')[1])).toEqual([
      'digest',
      'scopes',
      'expires_at',
      'organization',
      'principal',
    ])
  })

  test('a name that is too long goes on in the description', async () => {
    const name = 'é'.repeat(300)
    const { tokens } = await read(`digest,name\n${DIGEST},${name}`)
    expect(tokens[0]?.input).toMatchObject({ name: `${'é'.repeat(254)}…`, description: name })
  })

  test('only the beginning of a long name is brought into a normal form', async () => {
    const normalize = vi.spyOn(String.prototype, 'normalize')
    const name = `a${'\u0323\u0301'.repeat(5_000)}`
    const { tokens } = await read(`digest,name\n${DIGEST},${name}`)
    const lengths = normalize.mock.contexts.map((text) => String(text).length)
    normalize.mockRestore()
    expect([...(tokens[0]?.input.name ?? '')]).toHaveLength(255)
    expect(Math.max(...lengths)).toBeLessThan(2_000)
  })
})

describe('owners', () => {
  const SANCTUM: ReadOptions = { ...CSV, layout: 'sanctum', defaults: { organizationId: 'acme' } }
  const text = `token,tokenable_type,tokenable_id\n${DIGEST},App\\Models\\User,1\n${hashed('2')},App\\Models\\Team,1\n`

  test('of two models are not one owner', async () => {
    expect(await faults(text, SANCTUM)).toEqual([
      '3 tokenable_type is a type of owner that no prefix was given for: its ids may be those of another type',
      '3 principal is missing',
    ])
  })

  test('of two models are distinguished by prefixes', async () => {
    const ownerPrefixes = { 'App\\Models\\User': '', 'App\\Models\\Team': 'team-' }
    const { tokens } = await read(text, { ...SANCTUM, ownerPrefixes })
    expect(tokens.map(({ owner }) => owner.principalId)).toEqual(['1', 'team-1'])
    const [sentence] = await faults(text, { ...SANCTUM, ownerPrefixes: { 'App\\Models\\User': 'u' } })
    expect(sentence).toContain('3 tokenable_type ')
  })

  test.each([
    ['reference_id,user_id', 'new,old', 'new'],
    ['referenceId', 'new', 'new'],
    ['user_id', 'old', 'old'],
  ])('of better-auth are in %s', async (columns, values, owner) => {
    const { tokens } = await read(`key,${columns}\n${hashed(SECRET, 'base64url')},${values}`, {
      ...CSV,
      layout: 'better-auth',
    })
    expect(tokens[0]?.owner.principalId).toBe(owner)
  })

  test.each([
    ['external_id,owner_id,identity_id', 'a,b,c', 'a'],
    ['owner_id,identity_id', 'b,c', 'b'],
    ['external_id,identity_id', ',c', 'ada'],
    ['identity_id', 'c', 'c'],
  ])('of Unkey are in %s', async (columns, values, owner) => {
    const { tokens } = await read(`hash,${columns}\n${hashed(SECRET, 'base64')},${values}`, { ...CSV, layout: 'unkey' })
    expect(tokens[0]?.owner.principalId).toBe(owner)
  })

  test('are acted for where that is asked for', async () => {
    const { tokens } = await read(`digest\n${DIGEST}`, { ...CSV, defaults: { ...DEFAULTS, actsForOwner: true } })
    expect(tokens[0]?.input.userId).toBe('ada')
  })
})

describe('lives', () => {
  const SANCTUM: ReadOptions = { ...CSV, layout: 'sanctum', maximumLifetimeSeconds: 60 }
  const made = '2026-01-01 00:00:00'

  test.each([
    ['', '2026-01-01T00:01:00Z'],
    ['2026-01-01 00:00:59', '2026-01-01T00:00:59Z'],
    ['2030-01-01 00:00:00', '2026-01-01T00:01:00Z'],
  ])('that a system ends by its configuration end here: %j', async (expires, end) => {
    const { tokens } = await read(`token,created_at,expires_at\n${DIGEST},${made},${expires}`, SANCTUM)
    expect(tokens[0]?.input.expiresAt).toEqual(new Date(end))
  })

  test('cannot be counted from nowhere', async () => {
    const [sentence] = await faults(`token,created_at\n${DIGEST},`, SANCTUM)
    expect(sentence).toBe('2 created_at is missing, and the end of the token is counted from it')
  })
})

describe('scopes', () => {
  test.each([
    ['sanctum', 'token,abilities', 'hex', '["server:*"]'],
    ['unkey', 'hash,permissions', 'base64', '["documents.*"]'],
    ['better-auth', 'key,permissions', 'base64url', '{"files":["*"]}'],
    ['keypal', 'key_hash,scopes', 'hex', '["*"]'],
  ] as const)('of %s with a `*` that is no wildcard there are refused', async (layout, columns, encoding, scopes) => {
    const text = `${columns}\n${hashed(SECRET, encoding)},"${scopes.replaceAll('"', '""')}"`
    const [sentence] = await faults(text, { ...CSV, layout })
    expect(sentence).toContain('holds a `*` that stands for itself there, and would not here')
  })

  test('are the default if a row has no member, and absent if its list is empty', async () => {
    const options = { ...CSV, defaults: { ...DEFAULTS, scopes: ['drive:read'] } }
    const { tokens } = await read(`digest,scopes\n${DIGEST},\n${hashed('2')},[]`, options)
    expect(tokens.map(({ input }) => input.scopes)).toEqual([['drive:read'], []])
  })

  test('a key that came to Unkey from elsewhere and was not used since has a digest of elsewhere', async () => {
    const text = `hash,pending_migration_id\n${hashed(SECRET, 'base64')},acme`
    const [sentence] = await faults(text, { ...CSV, layout: 'unkey' })
    expect(sentence).toContain('2 pending_migration_id is set')
  })
})

test('hints never show a key, however much of it a system was set to keep', async () => {
  const key = 'abcdefghijklmnopqrstuvwxyz'.repeat(3).slice(0, 64)
  const text = `key,start\n${hashed(key, 'base64url')},${key}`
  const { tokens } = await read(text, { ...CSV, layout: 'better-auth' })
  expect(tokens[0]?.input.hint).toBe(`${key.slice(0, 24)}…`)
})

test.each([
  [{ layout: 'oauth' }, 'layout'],
  [{ fileFormat: 'xml' }, 'fileFormat'],
  [{ maximumLifetimeSeconds: 0 }, 'maximumLifetimeSeconds'],
])('%o is a TypeError naming the option', (change, option) => {
  const options = { ...CSV, ...change } as ReadOptions
  expect(() => readForeignTokens(bytes(''), options)).toThrow(`patkit import option "${option}"`)
})
