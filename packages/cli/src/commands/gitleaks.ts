import type { Command } from 'commander'
import type { AddCommand } from '../command.ts'
import { requireFormat } from '../config/settings.ts'
import { EXIT } from '../errors.ts'

/** A rule for gitleaks, and for other programs that read its rules. */
interface SecretRule {
  readonly id: string
  readonly description: string
  readonly regex: string
  readonly entropy: number
  readonly keywords: readonly string[]
}

/**
 * Bits a character, of a whole token. 36 random characters of base62 have 3.9 or more, and still more than 2 together
 * with a prefix of 32 equal characters. Placeholders such as `xxxx…` have less.
 */
const ENTROPY = 2

export function gitleaksCommand(program: Command, add: AddCommand): void {
  add(program, {
    name: 'gitleaks',
    summary: 'Print a gitleaks rule that finds the tokens of a prefix',
    details: 'Put it into .gitleaks.toml.',
    common: ['prefix'],
    examples: ['patkit gitleaks --prefix acme_pat >> .gitleaks.toml', 'patkit gitleaks --prefix acme_pat --json'],
    async run({ settings, printer }) {
      const rule = ruleFor(requireFormat(settings).name)
      await printer.result({ ...rule, toml: toml(rule) }, () => toml(rule).trimEnd())
      return EXIT.done
    },
  })
}

/**
 * RE2 has no lookaround: word boundaries exclude text within a longer word, where `_` counts as a letter. Prefixes are
 * letters, digits and `_`, and need no escape.
 */
function ruleFor(prefix: string): SecretRule {
  return {
    id: `${prefix.toLowerCase().replaceAll('_', '-')}-token`,
    description: `A personal access token of ${prefix}, which lets its holder act as its owner.`,
    regex: String.raw`\b(${prefix}_[0-9A-Za-z]{36})\b`,
    entropy: ENTROPY,
    // Compared with the text in lower case.
    keywords: [`${prefix.toLowerCase()}_`],
  }
}

/** Literal strings for text with backslashes: no part of a rule has an apostrophe. */
function toml({ id, description, regex, entropy, keywords }: SecretRule): string {
  return `[[rules]]
id = "${id}"
description = "${description}"
regex = '''${regex}'''
entropy = ${entropy}
keywords = [${keywords.map((keyword) => `"${keyword}"`).join(', ')}]
`
}
