import { describe, expect, test } from 'vitest'
import { createApi, type Request } from './api.ts'

const outcome = (request: Request) => createApi().outcome(request)
const lines = (...values: string[]): Request => ({ rawHeaders: values.flatMap((value) => ['Authorization', value]) })

describe('RFC 6750 §2.1 and RFC 9110 §11.1', () => {
  test.each(['Bearer abc', 'bearer abc', 'BEARER   abc', 'Bearer a-._~+/9==', `Bearer ${'a'.repeat(1024)}`])(
    '%j carries a credential',
    async (value) => expect(await outcome(lines(value))).toBe('malformed_token'),
  )

  test.each(['Basic YTpi', 'Negotiate', 'Bearerish abc', 'eu_sk_abc', 'Digest username="a", realm="b"'])(
    '%j is of another scheme',
    async (value) => expect(await outcome(lines(value))).toBe('missing_credential'),
  )

  test.each([
    '',
    'Bearer',
    'bearer',
    'Bearer ',
    'Bearer  ',
    'Bearer\tabc',
    'Bearer \tabc',
    'Bearer abc\t',
    'Bearer abc ',
    'Bearer a b',
    'Bearer abc,def',
    'Bearer abc\u00a0',
    'Bearer \u00a0abc',
    'Bearer abc\u0000',
    'Bearer $' + '{TOKEN}',
    'Bearer abc=d',
    'Bearer =',
    'Bearer a:b',
    'Bearer a|b',
    'Bearer "abc"',
    'Bearer é',
    'Bearer: abc',
    '\u00a0Bearer abc',
    `Bearer ${'a'.repeat(1025)}`,
    'Bearer,abc',
  ])('%j is malformed', async (value) => expect(await outcome(lines(value))).toBe('malformed_credential'))

  test('no header, no credential', async () => {
    expect(await outcome({ rawHeaders: ['X-Other', 'Bearer abc'] })).toBe('missing_credential')
  })

  test.each([
    [['Bearer abc', 'Bearer abc']],
    [['Bearer abc', 'Basic YTpi']],
    [['Basic YTpi', 'Bearer abc']],
    [['', '']],
  ])('several lines are malformed: %j', async (values) => {
    expect(await outcome(lines(...values))).toBe('malformed_credential')
  })
})
