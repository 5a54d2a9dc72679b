import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { bench } from './sqlite.ts'
import { document, NOW, scratchFolder } from './terminal.ts'

const folder = scratchFolder()
const ada = await bench(folder)
await ada.issue('--scope', 'drive:write', '--scope', 'old:scope')
await ada.issue('--scope', 'drive:write', '--expires-in', '1h')
await ada.issue('--scope', 'drive:*')
const dead = await ada.issue('--scope', 'drive:read')
await ada.run(`token revoke ${dead.id}`)
writeFileSync(
  join(folder, 'patkit.json'),
  JSON.stringify({
    scopes: { 'drive:read': 'Read files', 'drive:write': 'Write files' },
    wildcards: true,
    implies: { 'drive:write': ['drive:read'] },
  }),
)
writeFileSync(join(folder, 'none.json'), '{}')

interface Held {
  readonly items: readonly { readonly scope: string }[]
}
const names = async (args: string) =>
  document<Held>(await ada.run(`scopes --json ${args}`.trim())).items.map(({ scope }) => scope)

test('scopes of active tokens are counted, labelled, and marked where the catalog has them not', async () => {
  const { stdout } = await ada.run('scopes')
  expect(stdout).toMatchInlineSnapshot(`
    "scope        tokens  label
    drive:*      1       -
    drive:write  2       Write files
    old:scope    1       unknown
    "
  `)
  const { items } = document<{ items: object[] }>(await ada.run('scopes --json', { clock: () => NOW + 3_600_000 }))
  expect(items).toEqual([
    { scope: 'drive:*', activeTokens: 1, label: null, known: true },
    { scope: 'drive:write', activeTokens: 1, label: 'Write files', known: true },
    { scope: 'old:scope', activeTokens: 1, label: null, known: false },
  ])
})

test('what grants a scope depends on the rules', async () => {
  expect(await names('--granting drive:read')).toEqual(['drive:*', 'drive:write'])
  expect(await names('--granting drive:read --config none.json')).toEqual([])
  expect(await names('--granting drive:write --config none.json')).toEqual(['drive:write'])
  expect(await names('--granting drive')).toEqual([])
})

test('an organization is counted alone where it is named', async () => {
  expect(await names('--organization other')).toEqual([])
  expect(await names('--organization default')).toHaveLength(3)
})
