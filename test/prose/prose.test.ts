import { expect, test } from 'vitest'
import { lintMarkdown } from './lint-markdown.ts'
import { lintTypeScript } from './lint-typescript.ts'
import { SIGNS } from './words.ts'

async function phrasesIn(page: string): Promise<string[]> {
  const findings = await lintMarkdown(page, 'page.md')
  return findings.map(({ line, message }) => `${line} ${message.slice(0, message.indexOf(':'))}`)
}

test('finds persons without a name, with the line of each', async () => {
  const page =
    '# Whoever asks\n\nA token that\nnobody owns, and _somebody_ in a [link for everyone](https://example.com).\n'
  expect(await phrasesIn(page)).toEqual(['1 "Whoever"', '4 "nobody"', '4 "somebody"', '4 "everyone"'])
})

test.each([
  ['There is no such token.', '"There is no"'],
  ['There are none.', '"There are none"'],
  ['The node is told.', '"told"'],
  ['A sink hears it.', '"hears"'],
  ['It prints what was asked for.', '"what was"'],
  ['A list, of those to whom it belongs.', '"to whom"'],
  ['Who holds a token may use it.', '"Who holds"'],
  ['It is a good token.', '"good token"'],
  ['Old tokens go on\nworking.', '"go on working"'],
  ['It cannot stand beside a cursor.', '"cannot stand beside"'],
])('%j has %s', async (text, phrase) => {
  expect((await phrasesIn(text)).map((found) => found.slice(2))).toContain(phrase)
})

test('reads tables, quotes and lists', async () => {
  const page = '| who |\n| --- |\n| nobody |\n\n> nobody\n\n- nobody\n'
  expect(await phrasesIn(page)).toEqual(['3 "nobody"', '5 "nobody"', '7 "nobody"'])
})

test('reads neither code nor addresses', async () => {
  const page = 'The word `nobody`, and [a page](https://example.com/nobody).\n\n```sh\nwhoever | nobody\n```\n'
  expect(await phrasesIn(page)).toEqual([])
})

test('plain sentences pass', async () => {
  const page = 'No token matches. The caller does not hold scope `a`. Each node is notified. See [Tokens](tokens.md).\n'
  expect(await phrasesIn(page)).toEqual([])
})

const SOURCE = `/**
 * Whoever asks; the word \`nobody\` and {@link somebody}.
 * @throws Error for what
 * is wrong
 */
// It is
// told.
const [title, error] = ['the caller is told', \`\${title} for whatever it is\`] // nobody
const [word, code] = ['nobody', nobody.told]
`

test('reads comments and sentences of a source file, and no code', () => {
  const found = lintTypeScript(SOURCE, 'source.ts').map(
    ({ line, column, message }) => `${line}:${column} ${message.slice(0, message.indexOf(':'))}`,
  )
  expect(found).toEqual([
    '2:4 "Whoever"',
    '3:22 "what is"',
    '7:4 "told"',
    '8:40 "told"',
    '8:61 "whatever"',
    '8:81 "nobody"',
  ])
})

test('no hint needs a hint', async () => {
  for (const { instead } of SIGNS) expect(await phrasesIn(instead)).toEqual([])
})
