import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { markdownIn, packageFolders, ROOT } from '../architecture/repository.ts'
import { blocksOf, compile, scratchFolder } from './compile.ts'

const SCRATCH = scratchFolder('readme')
/** Pages whose blocks are files, which tests of their own compile and run. */
const HOSTS = [
  ...markdownIn('docs/guides/hosts'),
  ...['docs/guides/event-source-and-websocket.md', 'docs/guides/audit-sinks.md'],
]
const PAGES = [
  'README.md',
  ...packageFolders('packages').map((name) => `packages/${name}/README.md`),
  ...markdownIn('docs').filter((page) => !HOSTS.includes(page)),
]
/** Its blocks are one program. */
const ONE_PROGRAM = 'docs/guides/your-own-api.md'
/** The folders of those tests. */
const RUN_IN = ['test/hosts', 'test/packaging', 'test/runtimes']

/** What a reader has at hand when a block is only a part of a program. */
const AT_HAND = `
import { covers, createVerifier, defineScopes, inProcessChannel, type ScopeOf, tokenFormat } from '@patkit/core'
import { actingAs } from '@patkit/core/testing'
import type { TokenRecord as MyToken } from '@patkit/core'
import { patAuth, requireScope } from '@patkit/express'
import type { Express, RequestHandler } from 'express'
declare const app: Express, cors: (options: object) => RequestHandler, publish: RequestHandler
declare const options: { format: ReturnType<typeof tokenFormat>; resolve: () => null }
declare const db: any, prisma: any, apiTokens: any, eq: any, router: any, channel: ReturnType<typeof inProcessChannel>
declare const tokens: import('@patkit/tokens').TokenService, actor: { id: string; scopes: null }, archive: { write(line: string): void }
declare const id: string, show: (text: string) => void, imported: ReturnType<typeof tokenFormat>, wanted: string[], creator: { scopes: string[] }, owner: { ceiling: string[] }
`
const FORMAT = 'declare const format: ReturnType<typeof tokenFormat>\n'
const RESOLVER = 'declare const resolve: () => null\n'
const SCOPES = "const scopes = defineScopes({ 'drive:read': 'Read' })\n"
const VERIFIER = 'const verifier = createVerifier({ format, resolve: () => null })\n'

/** What a sample may import that its reader has. */
const DATABASE = `
export declare const db: {
  findSession(cookie: string | null): Promise<{ id: string; organizationId: string; isAdmin: boolean } | null>
}
`

interface Block {
  readonly name: string
  readonly file: string
  readonly code: string
}

const blocks = PAGES.flatMap((file) => {
  const all = blocksOf(readFileSync(join(ROOT, file), 'utf8'), 'ts')
  return (file === ONE_PROGRAM ? [all.join('\n')] : all).map((code, index): Block => {
    const name = `${file} ${index + 1}`
    return { name, file: `${name.replaceAll(/\W+/g, '-')}.ts`, code: program(code) }
  })
})
/** What registers types is compiled alone: it holds for the whole program. */
const [registering, plain] = [true, false].map((own) =>
  blocks.filter(({ code }) => /^declare module/m.test(code) === own),
)

afterAll(() => rmSync(SCRATCH, { recursive: true, force: true }))

test('there are examples', () => expect(blocks.length).toBeGreaterThan(10))

test('every page on a host is named by a test that runs it', () => {
  const tests = RUN_IN.filter((folder) => existsSync(join(ROOT, folder))).flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(join(ROOT, folder, name), 'utf8')),
  )
  expect(HOSTS.filter((page) => !tests.some((text) => text.includes(`${basename(page)}'`)))).toEqual([])
})

test('every example compiles', () => expect(compiled('plain', plain as Block[])).toBe(''))

test.each(registering as Block[])('$name compiles', (block) =>
  expect(compiled(block.file.replace('.ts', ''), [block])).toBe(''),
)

/** @returns what the compiler says, with the names of the blocks */
function compiled(folder: string, some: readonly Block[]): string {
  const files = some.map(({ file, code }) => [file, code] as const)
  return compile(join(SCRATCH, folder), { 'db.ts': DATABASE, ...Object.fromEntries(files) })
}

/** A whole program stays as it is. A part gets what it does not declare itself. */
function program(code: string): string {
  if (/^import /m.test(code)) return code
  const format = /\bconst format\b/.test(code) ? '' : FORMAT
  const resolver = /\bconst resolve\b/.test(code) ? '' : RESOLVER
  const scopes = /\bconst scopes\b/.test(code) ? '' : SCOPES
  const verifier = /(?<!const )\bverifier\b/.test(code) && !/\bconst verifier\b/.test(code) ? VERIFIER : ''
  return `${AT_HAND}${format}${resolver}${scopes}${verifier}${code}\nexport {}\n`
}
