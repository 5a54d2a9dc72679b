import { createRequire } from 'node:module'
import { TextlintKernel, type TextlintRuleModule } from '@textlint/kernel'
import { SIGNS } from './words.ts'

// Node and vitest disagree about the default export of a CommonJS module.
const { default: markdown }: typeof import('@textlint/textlint-plugin-markdown') = createRequire(import.meta.url)(
  '@textlint/textlint-plugin-markdown',
)

export interface Finding {
  readonly line: number
  readonly column: number
  readonly message: string
}

/** A phrase may be broken between its words. */
const ACROSS_LINES = SIGNS.map(({ phrase, instead }) => ({
  phrase: new RegExp(phrase.source.replaceAll(' ', '\\s+'), `${phrase.flags}g`),
  instead,
}))

/** Looks at the text of a page: code, addresses and the words inside backticks are not read. */
const plainWords: TextlintRuleModule = ({ Syntax, RuleError, report, getSource, locator }) => ({
  [Syntax.Str](node) {
    const text = getSource(node)
    for (const { phrase, instead } of ACROSS_LINES) {
      for (const { 0: found, index } of text.matchAll(phrase)) {
        const words = found.trim().replaceAll(/\s+/g, ' ')
        report(node, new RuleError(`"${words}": write ${instead}`, { padding: locator.at(index) }))
      }
    }
  },
})

/** The signs of difficult prose in a Markdown page, in the order of the page. */
export async function lintMarkdown(text: string, filePath: string): Promise<readonly Finding[]> {
  const { messages } = await new TextlintKernel().lintText(text, {
    ext: '.md',
    filePath,
    plugins: [{ pluginId: 'markdown', plugin: markdown }],
    rules: [{ ruleId: 'plain-words', rule: plainWords }],
  })
  return messages.map(({ loc: { start }, message }) => ({ line: start.line, column: start.column, message }))
}
