import { memoryStore, sha256Format } from '@patkit/tokens'
import { describe, expect, test } from 'vitest'
import { inParallel } from '../../src/bulk.ts'
import { type ImportReport, importAll, type ReadOptions, readForeignTokens } from '../../src/import/index.ts'
import { createSeenDigests } from '../../src/import/seen-digests.ts'
import { hashed, NOW } from './foreign-dumps.ts'
import { ACTOR, createHarness, type Harness } from './harness.ts'

const OPTIONS: ReadOptions = { layout: 'sha256', fileFormat: 'csv', defaults: { organizationId: 'acme' } }

function open(): Harness {
  return createHarness(memoryStore(), sha256Format({ prefix: 'old-', length: [1, 20] }))
}

function file(...rows: readonly string[]): string {
  return ['digest,principal,scopes,expires_at,user_id,id', ...rows].join('\n')
}

function row(token: string, principal = 'ada', rest = 'drive:read,,,'): string {
  return `${hashed(token)},${principal},${rest}`
}

async function total({ tokens }: Harness): Promise<number> {
  return (await tokens.list({ organizationId: 'acme' })).total
}

function faultsOf({ faults }: ImportReport): readonly string[] {
  return faults.map(({ line, field, problem }) => `${line} ${field}: ${problem}`)
}

describe('with a fault anywhere nothing is written', () => {
  const good = row('old-1')

  test.each([
    ['of the file', `${row('old-2').slice(0, 20)},ada,,,,`, /^3 digest: is not a SHA-256 digest/],
    ['of the service', row('old-2', 'ada', 'a"b,,,'), /^\d null: /],
    ['of a scope', row('old-2', 'ada', '"[""a b""]",,,'), /^3 scopes\/0: /],
    ['of a user', row('old-2', 'ada', 'drive:read,,nobody,'), /^3 userId: no user in this organization has this id/],
    ['of a digest that is there twice', row('old-1', 'bob'), /^3 digest: is the digest of line 2 as well$/],
  ])('%s', async (_, bad, sentence) => {
    const opened = open()
    const report = await opened.run(file(good, bad), OPTIONS)
    expect(faultsOf(report)).toEqual([expect.stringMatching(sentence)])
    expect(report).toMatchObject({ imported: 0, present: 0, createdOwners: 0, faultCount: 1 })
    expect(await total(opened)).toBe(0)
    await expect(opened.tokens.getPrincipal({ organizationId: 'acme', principalId: 'ada' })).rejects.toThrow()
  })

  test('and all of them are found, in the order of their lines', async () => {
    const ids = ['drive:read,,,one', 'drive:read,,,one', 'drive:read,soon,,two', 'drive:read,,,two']
    const rows = ids.map((rest, n) => row(`old-${n}`, 'ada', rest))
    const report = await open().run(file(...rows, row('old-0')), OPTIONS)
    expect(report.faults.map(({ line, field }) => [line, field])).toEqual([
      [3, 'id'],
      [4, 'expires_at'],
      [6, 'digest'],
    ])
  })

  test('more than a thousand are counted and not kept', async () => {
    const report = await open().run(file(...Array.from({ length: 1_500 }, () => 'x,ada,,,,')), OPTIONS)
    expect([report.faultCount, report.faults.length]).toEqual([1_500, 1_000])
  })

  test('a row of another organization is one, where there is to be one only', async () => {
    const opened = open()
    const rows = ['acme', 'other', ''].map((organization, n) => `${hashed(`old-${n}`)},ada,${organization}`)
    const text = ['digest,principal,organization', ...rows].join('\n')
    const report = await opened.run(text, { ...OPTIONS, onlyOrganizationId: 'acme' })
    expect(faultsOf(report)).toEqual(['3 organization: is another organization than --organization'])
    expect(report.imported).toBe(0)
    expect(await opened.run(text, OPTIONS)).toMatchObject({ imported: 3, faultCount: 0 })
  })

  test('an id that a token of another owner has is one, where it can be looked for', async () => {
    const opened = open()
    const text = file(row('old-1', 'ada', 'drive:read,,,taken'), row('old-2'))
    const asked: string[] = []
    const isIdTaken = async (id: string) => asked.push(id) > 0
    const report = await opened.run(text, OPTIONS, { isIdTaken })
    expect(faultsOf(report)).toEqual(['2 id: another token has this id'])
    expect(await total(opened)).toBe(0)
    expect(asked).toEqual(['taken'])
    expect(await opened.run(text, OPTIONS, { isIdTaken: async () => false })).toMatchObject({ imported: 2 })
    // It is the token itself that has it now.
    expect(await opened.run(text, OPTIONS, { isIdTaken })).toMatchObject({ present: 2, faultCount: 0 })
  })

  test('a digest of another owner is one', async () => {
    const opened = open()
    await opened.run(file(row('old-1', 'bob')), OPTIONS)
    const report = await opened.run(file(row('old-1'), row('old-2')), OPTIONS)
    expect(faultsOf(report)).toEqual(['2 digest: a token of another owner has this digest'])
    expect(await total(opened)).toBe(1)
  })
})

describe('owners that do not exist', () => {
  test('are a fault of each of their lines', async () => {
    const opened = open()
    const report = await opened.run(file(row('old-1'), row('old-2', 'bob')), OPTIONS, { createOwners: null })
    expect(faultsOf(report)).toEqual(['2 principal: does not exist', '3 principal: does not exist'])
  })

  test.each(['user', 'service'] as const)('are created once as a %s where that is asked for', async (kind) => {
    const opened = open()
    const rows = Array.from({ length: 60 }, (_, n) => row(`old-${n}`, `p${n % 3}`))
    const report = await opened.run(file(...rows), OPTIONS, { createOwners: kind })
    expect(report).toMatchObject({ imported: 60, createdOwners: 3, faultCount: 0 })
    const owner = { organizationId: 'acme', principalId: 'p1' }
    expect(await opened.tokens.getPrincipal(owner)).toEqual({ ...owner, kind, disabledAt: null, ceiling: null })
    expect(report.byOwner.find(({ principalId }) => principalId === 'p1')).toEqual({
      ...owner,
      imported: 20,
      present: 0,
    })
  })

  test('that do exist stay as they are', async () => {
    const opened = open()
    const ada = {
      organizationId: 'acme',
      principalId: 'ada',
      kind: 'service',
      disabledAt: new Date(NOW),
      ceiling: null,
    } as const
    await opened.tokens.putPrincipal(ACTOR, ada)
    expect(await opened.run(file(row('old-1')), OPTIONS)).toMatchObject({ imported: 1, createdOwners: 0 })
    expect(await opened.tokens.getPrincipal(ada)).toEqual(ada)
  })

  test('that another client creates meanwhile stay as they were created', async () => {
    const { tokens, run } = open()
    const ada = { organizationId: 'acme', principalId: 'ada' }
    const theirs = { ...ada, kind: 'service', disabledAt: new Date(NOW), ceiling: ['drive:read'] } as const
    let isFirst = true
    const racing = {
      ...tokens,
      async import(...given: Parameters<typeof tokens.import>) {
        if (!isFirst) return tokens.import(...given)
        isFirst = false
        const refused = tokens.import(...given).finally(() => tokens.putPrincipal(ACTOR, theirs))
        return refused
      },
    }
    const report = await run(file(row('old-1')), OPTIONS, { tokens: racing })
    expect(report).toMatchObject({ imported: 1, createdOwners: 0 })
    expect(await tokens.getPrincipal(ada)).toEqual(theirs)
  })

  test('may be whom their tokens act for, as users', async () => {
    const options = { ...OPTIONS, defaults: { organizationId: 'acme', actsForOwner: true } }
    const report = await open().run(file(row('old-1')), options, { createOwners: 'service' })
    expect(faultsOf(report)).toEqual(['2 userId: is the owner, which would be created as a service'])
    const opened = open()
    expect(await opened.run(file(row('old-1')), options)).toMatchObject({ imported: 1, faultCount: 0 })
    expect((await opened.tokens.list({ organizationId: 'acme' })).items[0]?.userId).toBe('ada')
  })
})

test('a check reports the result, and writes nothing', async () => {
  const opened = open()
  const text = file(row('old-1'), row('old-2', 'bob', 'drive:read,2020-01-01T00:00:00Z,,'))
  const report = await opened.run(text, OPTIONS, { checkOnly: true })
  expect(report).toMatchObject({ imported: 2, createdOwners: 2, byStatus: { active: 1, expired: 1, revoked: 0 } })
  expect(await total(opened)).toBe(0)
})

test('progress goes through both phases', async () => {
  const seen: string[] = []
  const onProgress = ({ phase, done }: { phase: string; done: number }) => seen.push(`${phase} ${done}`)
  await open().run(file(row('old-1'), row('old-2')), OPTIONS, { onProgress })
  expect(seen).toEqual(['check 1', 'check 2', 'write 1', 'write 2'])
})

test.each([
  [16, {}],
  [3, { concurrency: 3 }],
])('%i are under way at once, and no more', async (width, more) => {
  const { tokens, run } = open()
  let underWay = 0
  let most = 0
  let waiting: (() => void)[] = []

  /** Opens when as many have come as may be under way. */
  async function gate(): Promise<void> {
    most = Math.max(most, ++underWay)
    const opened = new Promise<void>((resolve) => waiting.push(resolve))
    if (waiting.length === width) {
      for (const open of waiting) open()
      waiting = []
    }
    await opened
    underWay--
  }

  const gated = {
    ...tokens,
    checkImport: (...given: Parameters<typeof tokens.checkImport>) => gate().then(() => tokens.checkImport(...given)),
  }
  const rows = Array.from({ length: 96 }, (_, n) => row(`old-${n}`))
  expect(await run(file(...rows), OPTIONS, { tokens: gated, ...more })).toMatchObject({ imported: 96 })
  expect(most).toBe(width)
})

test('a store that fails ends the import with its error, and the next import finds the written tokens', async () => {
  const store = memoryStore()
  let left = 5
  const failing = {
    ...store,
    insert: (...given: Parameters<typeof store.insert>) =>
      left-- > 0 ? store.insert(...given) : Promise.reject(new Error('disk')),
  }
  const format = sha256Format({ prefix: 'old-', length: [1, 20] })
  const text = file(...Array.from({ length: 40 }, (_, n) => row(`old-${n}`)))
  await expect(createHarness(failing, format).run(text, OPTIONS)).rejects.toThrow('disk')
  const report = await createHarness(store, format).run(text, OPTIONS)
  expect(report).toMatchObject({ present: 5, imported: 35 })
})

test('a refusal while writing is a fault, and the others are written', async () => {
  const { tokens, run } = open()
  const refusing = {
    ...tokens,
    import(...given: Parameters<typeof tokens.import>) {
      const [actor, owner, input] = given
      const isOdd = input.digest === hashed('old-2')
      return tokens.import(actor, isOdd ? { ...owner, principalId: ' ' } : owner, input)
    },
  }
  const report = await run(file(row('old-1'), row('old-2'), row('old-3')), OPTIONS, { tokens: refusing })
  expect(report).toMatchObject({ imported: 2, faultCount: 1 })
  expect(report.faults[0]).toMatchObject({ line: 3, field: 'principalId' })
})

test('of many owners the first ten thousand are distinguished', async () => {
  const { tokens } = open()
  async function* rows(): AsyncGenerator<string> {
    yield `${file()}\n`
    for (let n = 0; n < 10_010; n++) yield `${row(`old-${n}`, `p${n}`)}\n`
  }
  const read = () => readForeignTokens(rows(), { ...OPTIONS, clock: () => NOW })
  const report = await importAll({ tokens, actor: ACTOR, open: read, createOwners: 'user', checkOnly: true })
  expect(report).toMatchObject({ imported: 10_010, ofOtherOwners: 10, createdOwners: 10_010 })
  expect(report.byOwner).toHaveLength(10_000)
})

test('seen values are remembered through every growth, and no others', () => {
  const seen = createSeenDigests()
  const digests = Array.from({ length: 5_000 }, (_, n) => hashed(`${n}`))
  expect(digests.map((digest, n) => seen.lineOf(digest, n + 2)).every((line) => line === null)).toBe(true)
  expect(digests.map((digest) => seen.lineOf(digest, 9))).toEqual(digests.map((_, n) => n + 2))
  expect(seen.lineOf(hashed('new'), 7)).toBeNull()
})

test('after an error nothing more is taken, and the source is closed', async () => {
  let closed = false
  const taken: number[] = []
  async function* numbers(): AsyncGenerator<number> {
    try {
      for (let n = 0; ; n++) yield n
    } finally {
      closed = true
    }
  }
  const work = inParallel(numbers(), 4, async (n) => {
    taken.push(n)
    if (n === 10) throw new Error('ten')
  })
  await expect(work).rejects.toThrow('ten')
  expect(closed).toBe(true)
  expect(taken.length).toBeLessThan(20)
})

test.each([64, 128])('others have a turn before each 16th line, however many there are: %i', async (lines) => {
  let turns = 0
  let checkedSince = 0
  let most = 0
  const rows = Array.from({ length: lines }, (_, n) => row(`old-${n}`))
  const report = await open().run(file(...rows), OPTIONS, {
    createOwners: 'user',
    turn: async () => {
      turns++
      checkedSince = 0
    },
    onProgress: () => {
      most = Math.max(most, ++checkedSince)
    },
  })
  expect(report.imported).toBe(lines)
  // Once for the check and once for the writing.
  expect(turns).toBe((2 * lines) / 16)
  expect(most).toBeLessThanOrEqual(32)
})
