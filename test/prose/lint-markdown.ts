import { createRequire } from 'node:module'
import { TextlintKernel, type TextlintRuleModule } from '@textlint/kernel'
import { type Finding, matchSigns } from './matches.ts'

// Node and vitest disagree about the default export of a CommonJS module.
const { default: markdown }: typeof import('@textlint/textlint-plugin-markdown') = createRequire(import.meta.url)(
  '@textlint/textlint-plugin-markdown',
)

/** Looks at the text of a page: code, addresses and the words inside backticks are not read. */
const plainWords: TextlintRuleModule = ({ Syntax, RuleError, report, getSource, locator }) => ({
  [Syntax.Str](node) {
    for (const { index, message } of matchSigns(getSource(node))) {
      report(node, new RuleError(message, { padding: locator.at(index) }))
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
