import type { ScopeOptions } from '@patkit/core/adapter'
import fc from 'fast-check'

/** Segments of scopes under test: two words, one that only looks like a wildcard, and the wildcard. */
const SEGMENTS = ['a', 'b', 'a*', '*']
const WORDS = ['a', 'b', 'a*']
/** A word that no scope under test has, as a segment for `*` may be. */
const FRESH = 'z'
const LONGEST_SCOPE = 3

const scope = fc
  .array(fc.constantFrom(...SEGMENTS), { minLength: 1, maxLength: LONGEST_SCOPE })
  .map((segments) => segments.join(':'))
const exactScope = fc
  .array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: LONGEST_SCOPE })
  .map((segments) => segments.join(':'))

export const scopeLists: fc.Arbitrary<string[]> = fc.array(scope, { maxLength: 4 })
export const implications: fc.Arbitrary<Record<string, string[]>> = fc.dictionary(
  exactScope,
  fc.array(exactScope, { maxLength: 2 }),
  { maxKeys: 4 },
)

/** Every name of these words, one segment longer than any scope under test. */
export const NAMES: readonly string[] = namesOf([...WORDS, FRESH], LONGEST_SCOPE + 1)

function namesOf(words: readonly string[], length: number): string[] {
  if (length === 0) return []
  const shorter = namesOf(words, length - 1)
  return [...words, ...shorter.flatMap((name) => words.map((word) => `${word}:${name}`))]
}

/** Whether a list of scopes matches a name: the definition, word for word, without a thought for speed. */
export function matchesAny(scopes: readonly string[], name: string, rules: Required<ScopeOptions>): boolean {
  return implied(scopes, rules).some((scope) => matches(scope.split(':'), name.split(':'), rules.wildcards))
}

function implied(scopes: readonly string[], { wildcards, implies }: Required<ScopeOptions>): readonly string[] {
  const granted = (key: string) => scopes.some((scope) => matches(scope.split(':'), key.split(':'), wildcards))
  const more = Object.entries(implies).flatMap(([key, others]) => (granted(key) ? others : []))
  const missing = more.filter((name) => !scopes.includes(name))
  return missing.length === 0 ? scopes : implied([...scopes, ...missing], { wildcards, implies })
}

function matches([first, ...rest]: string[], [segment, ...below]: string[], wildcards: boolean): boolean {
  if (first === undefined || segment === undefined) return first === segment
  if (wildcards && first === '*' && rest.length === 0) return true
  const same = wildcards && first === '*' ? true : first === segment
  return same && matches(rest, below, wildcards)
}
