import { tokenFormat } from '@patkit/core'
import { RE2JS } from 're2js'
import { parse } from 'smol-toml'
import { describe, expect, test } from 'vitest'
import { document, patkit } from './terminal.ts'

interface Rule {
  readonly id: string
  readonly description: string
  readonly regex: string
  readonly entropy: number
  readonly keywords: readonly string[]
}

async function ruleFor(prefix: string): Promise<Rule> {
  const { stdout } = await patkit(['gitleaks', '--prefix', prefix])
  const { rules, ...others } = parse(stdout) as unknown as { rules: Rule[] }
  expect(others).toEqual({})
  expect(rules).toHaveLength(1)
  return rules[0] as Rule
}

describe.each(['acme_pat', 'A1', 'x'.repeat(32)])('a rule for %s', async (prefix) => {
  const rule = await ruleFor(prefix)
  /** The engine that gitleaks has, whose patterns are linear; it refuses what it does not know. */
  const pattern = RE2JS.compile(rule.regex)
  const foundIn = (text: string) => {
    const matcher = pattern.matcher(text)
    return matcher.find() ? matcher.group(1) : null
  }
  const minted = Array.from({ length: 50 }, () => tokenFormat({ prefix }).mint().reveal())
  const [token = ''] = minted

  test('is found wherever a token may stand', () => {
    for (const each of minted) expect(foundIn(each)).toBe(each)
    for (const [before, after] of [
      ['"', '"'],
      ['=', '\n'],
      ['Bearer ', ''],
      ['(', ')'],
      ['https://x:', '@host'],
      ['-', '-'],
      ['é', 'é'],
    ]) {
      expect(foundIn(`${before}${token}${after}`)).toBe(token)
    }
  })

  test.each([
    ['one character short', token.slice(0, -1)],
    ['one character long', `${token}0`],
    ['another alphabet', `${token.slice(0, -1)}-`],
    ['another alphabet inside', `${token.slice(0, -9)}.${token.slice(-8)}`],
    ['another prefix', token.replace(prefix, `${prefix}s`)],
    ['no separator', token.replace(`${prefix}_`, prefix)],
    [
      'another case',
      token.replace(prefix, prefix === prefix.toUpperCase() ? prefix.toLowerCase() : prefix.toUpperCase()),
    ],
    ['glued to a word before', `my${token}`],
    ['glued to a longer prefix', `my_${token}`],
    ['glued to a word behind', `${token}_more`],
    ['words that are no token', `${prefix}_`],
  ])('is not found: %s', (_, text) => {
    expect(foundIn(text)).toBe(null)
    expect(foundIn(` ${text} `)).toBe(null)
  })

  test('is asked for by keyword, and let through by entropy', () => {
    expect(rule.keywords).toEqual([`${prefix}_`.toLowerCase()])
    for (const each of minted) {
      expect(each.toLowerCase()).toContain(rule.keywords[0])
      expect(shannon(each)).toBeGreaterThan(rule.entropy)
    }
    if (prefix === 'acme_pat') expect(shannon(`${prefix}_${'x'.repeat(36)}`)).toBeLessThan(rule.entropy)
  })

  test('is the same as JSON', async () => {
    const { toml, ...same } = document<Rule & { toml: string }>(
      await patkit(['gitleaks', '--prefix', prefix, '--json']),
    )
    expect(same).toEqual(rule)
    expect(parse(toml)).toEqual({ rules: [rule] })
  })
})

/** As gitleaks counts it: bits a character. */
function shannon(text: string): number {
  const counts = new Map<string, number>()
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1)
  return [...counts.values()].reduce((sum, count) => sum - (count / text.length) * Math.log2(count / text.length), 0)
}
