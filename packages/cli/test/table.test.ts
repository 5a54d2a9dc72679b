import { describe, expect, test } from 'vitest'
import { block, type Column, table } from '../src/output/table.ts'
import { cut, styleOf, terminalText, widthOf, wrapped } from '../src/output/text.ts'
import type { World } from '../src/world.ts'

interface Row {
  readonly id: string
  readonly name: string
  readonly status: string
  readonly scopes: string
}

const COLUMNS: readonly Column<Row>[] = [
  { title: 'id', value: ({ id }) => id },
  { title: 'name', value: ({ name }) => name, least: 10 },
  { title: 'status', value: ({ status }) => status, paint: (text) => plain.green(text) },
  { title: 'scopes', value: ({ scopes }) => scopes, least: 16, optional: true },
]

const ROWS: readonly Row[] = [
  {
    id: '01923e1c-7d2a-7000-8000-5b1f6f0c7a11',
    name: 'nightly backup of the drive',
    status: 'active',
    scopes: 'drive:read drive:write calendar:read',
  },
  { id: '01923e1c-7d2a-7000-8000-5b1f6f0c7a22', name: '夜間バックアップ', status: 'revoked', scopes: '' },
  {
    id: '01923e1c-7d2a-7000-8000-5b1f6f0c7a33',
    name: 'a\u0301rvi\u0301z 👩🏽‍🚀 e\u0301',
    status: 'active',
    scopes: 'drive:read',
  },
  { id: '01923e1c-7d2a-7000-8000-5b1f6f0c7a44', name: '\u001b[2J\u202eevil\u0007\r\n', status: 'expired', scopes: 'a' },
]

const world = (env: World['env'], stdout: boolean) => ({ env, isTty: { stdin: false, stdout, stderr: false } }) as World
const plain = styleOf(world({}, false), 'stdout')

const shown = (width: number) => table(COLUMNS, ROWS, width, plain)

test('200 columns hold everything', () => {
  expect(shown(200).hidden).toEqual([])
  expect(`\n${shown(200).text}\n`).toMatchInlineSnapshot(`
    "
    id                                    name                                  status   scopes
    01923e1c-7d2a-7000-8000-5b1f6f0c7a11  nightly backup of the drive           active   drive:read drive:write calendar:read
    01923e1c-7d2a-7000-8000-5b1f6f0c7a22  夜間バックアップ                      revoked
    01923e1c-7d2a-7000-8000-5b1f6f0c7a33  árvíz 👩🏽‍🚀 é                            active   drive:read
    01923e1c-7d2a-7000-8000-5b1f6f0c7a44  \\u{1b}[2J\\u{202e}evil\\u{7}\\u{d}\\u{a}  expired  a
    "
  `)
})

test('80 columns hold the required columns, cut where allowed', () => {
  expect(shown(80).hidden).toEqual([])
  expect(shown(72).hidden).toEqual(['scopes'])
  expect(`\n${shown(80).text}\n`).toMatchInlineSnapshot(`
    "
    id                                    name             status   scopes
    01923e1c-7d2a-7000-8000-5b1f6f0c7a11  nightly backup…  active   drive:read driv…
    01923e1c-7d2a-7000-8000-5b1f6f0c7a22  夜間バックアッ…  revoked
    01923e1c-7d2a-7000-8000-5b1f6f0c7a33  árvíz 👩🏽‍🚀 é       active   drive:read
    01923e1c-7d2a-7000-8000-5b1f6f0c7a44  \\u{1b}[2J\\u{20…  expired  a
    "
  `)
})

test('at 40 columns a row is a block', () => {
  expect(shown(40).hidden).toEqual([])
  expect(`\n${shown(40).text}\n`).toMatchInlineSnapshot(`
    "
    01923e1c-7d2a-7000-8000-5b1f6f0c7a11
      name    nightly backup of the drive
      status  active
      scopes  drive:read drive:write
              calendar:read

    01923e1c-7d2a-7000-8000-5b1f6f0c7a22
      name    夜間バックアップ
      status  revoked
      scopes

    01923e1c-7d2a-7000-8000-5b1f6f0c7a33
      name    árvíz 👩🏽‍🚀 é
      status  active
      scopes  drive:read

    01923e1c-7d2a-7000-8000-5b1f6f0c7a44
      name    \\u{1b}[2J\\u{202e}evil\\u{7}\\u{d
              }\\u{a}
      status  expired
      scopes  a
    "
  `)
})

test('at any width, no line is wider, and rows are whole', () => {
  for (let width = 36; width <= 160; width++) {
    for (const line of shown(width).text.split('\n'))
      expect(widthOf(line), `${width}: ${line}`).toBeLessThanOrEqual(width)
    for (const { id } of ROWS) expect(shown(width).text).toContain(id)
  }
})

test('without a terminal nothing is cut', () => {
  const { text, hidden } = shown(Number.POSITIVE_INFINITY)
  expect(hidden).toEqual([])
  expect(text).toContain('nightly backup of the drive')
  expect(text.split('\n')).toHaveLength(ROWS.length + 1)
})

test('columns are aligned, for all characters', () => {
  const lines = shown(120).text.split('\n')
  const starts = lines.map((line) => widthOf(line.slice(0, line.search(/status|active|revoked|expired/))))
  expect(new Set(starts).size).toBe(1)
})

describe('texts', () => {
  test('what a terminal would obey is shown instead', () => {
    expect(terminalText('\u001b[31m\u009b\u202e\u2028\ud800\t')).toBe(
      '\\u{1b}[31m\\u{9b}\\u{202e}\\u{2028}\\u{d800}\\u{9}',
    )
    expect(terminalText('👩🏽‍🚀 naïve 東京')).toBe('👩🏽‍🚀 naïve 東京')
    expect(terminalText('\u200dx\u200d')).toBe('\\u{200d}x\\u{200d}')
  })

  test('characters are cut whole', () => {
    expect(cut('東京都', 4)).toBe('東…')
    expect(cut('東京都', 6)).toBe('東京都')
    expect(cut('ab👩🏽‍🚀cd', 4)).toBe('ab…')
    expect(cut('e\u0301e\u0301e\u0301', 2)).toBe('e\u0301…')
  })

  test('lines break between words, and inside those that are too long', () => {
    expect(wrapped('one two three', 7)).toEqual(['one two', 'three'])
    expect(wrapped('abcdefghij kl', 4)).toEqual(['abcd', 'efgh', 'ij', 'kl'])
    expect(wrapped('東京都 x', 5)).toEqual(['東京', '都 x'])
    expect(wrapped('', 5)).toEqual([''])
  })

  test('a block is indented below its title', () => {
    const fields = [
      ['name', 'backup'],
      ['scopes', 'drive:read drive:write'],
    ] as const
    expect(block('title', fields, 24, plain)).toBe(
      'title\n  name    backup\n  scopes  drive:read\n          drive:write',
    )
  })
})

test('colours are for terminals, and not where NO_COLOR is set', () => {
  const red = (env: World['env'], stdout: boolean) => styleOf(world(env, stdout), 'stdout').red('x')
  expect(red({}, true)).toBe('\u001b[31mx\u001b[39m')
  expect(red({}, false)).toBe('x')
  expect(red({ NO_COLOR: '1' }, true)).toBe('x')
  expect(red({ NO_COLOR: '' }, true)).not.toBe('x')
  expect(red({ TERM: 'dumb' }, true)).toBe('x')
})
