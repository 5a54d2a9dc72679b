import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { afterAll, expect, inject, test } from 'vitest'
import { markdownIn, ROOT } from '../architecture/repository.ts'
import { ownPostgres } from '../servers/postgres.ts'
import { freePort } from '../servers/test-server.ts'
import { type Section, sectionsOf } from '../types/compile.ts'
import { readerManifest } from './reader-manifest.ts'
import { runOrThrow } from './run-program.ts'

const tarballs = inject('tarballs')
/** What readers compile with: the TypeScript of this repository, and the last one that was written in TypeScript. */
const COMPILERS = [ROOT, join(ROOT, 'test')].map((folder) => join(folder, 'node_modules/typescript/bin/tsc'))
const TSCONFIG = {
  compilerOptions: { target: 'es2023', module: 'nodenext', types: ['node'], strict: true, noEmit: true },
  include: ['app.ts'],
}
/** Well-formed, with its checksum. */
const UNKNOWN = 'acme_pat_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17'
const PORT = /(listen\(|port: )3000|localhost:3000/g

/** Sections whose first program a reader runs as it stands. */
const PROGRAMS = [
  ['README.md', 'Express 4.21 and 5'],
  ['README.md', 'Koa 2.16 and 3'],
  ['README.md', 'Hono 4'],
  ['docs/guides/jwt.md', 'JWTs beside PATs'],
  ['packages/tokens/README.md', '@patkit/tokens'],
  ['packages/jwt/README.md', '@patkit/jwt'],
] as const
const MANAGING = [
  ['docs/guides/management.md', 'Managing tokens over HTTP'],
  ['packages/api/README.md', '@patkit/api'],
] as const
const WITH_DATABASE = ['docs/guides/management.md', 'Without a tokens table'] as const
/** Their programs are those of the README. */
const ADAPTERS = { express: 'Express 4.21 and 5', koa: 'Koa 2.16 and 3', hono: 'Hono 4' } as const

const cleanups: (() => Promise<unknown>)[] = []
afterAll(async () => {
  for (const clean of cleanups.reverse()) await clean()
})

test.each(PROGRAMS)('%s, %s: the program compiles, listens and answers', async (page, heading) => {
  const { folder, port } = await install(sectionOf(page, heading))
  const app = start(folder, {})
  const token = /Bearer ([^"]+)"|^\S+ (acme_pat_\S+)$/
  if (heading.endsWith('jwt') || heading.startsWith('JWTs')) {
    await listening(port)
    expect(await status(port, null)).toBe(401)
  } else {
    const [, inCurl, bare] = token.exec(await app.line(token)) ?? []
    await listening(port)
    expect(await status(port, inCurl ?? bare ?? '')).toBe(200)
    expect(await status(port, 'acme_pat_x')).toBe(401)
  }
})

test.each(MANAGING)('%s, %s: the management API makes the first token of a session', async (page, heading) => {
  const { folder, port } = await install(sectionOf(page, heading))
  const app = start(folder, {})
  const [, url = ''] = /^(http:\S+)\/docs$/.exec(await app.line(/\/docs$/)) ?? []
  const origin = `http://localhost:${port}`
  const answer = await fetch(`${url}/tokens`, {
    method: 'POST',
    headers: { cookie: 'session=demo', origin, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'backup', scopes: ['drive:read'], expires_in_days: 90 }),
  })
  expect([answer.status, await answer.json()]).toEqual([201, expect.objectContaining({ name: 'backup' })])
})

test.each(Object.entries(ADAPTERS))('the README of @patkit/%s has the program of the README', (name, heading) => {
  const { installs, programs } = sectionOf(`packages/${name}/README.md`, `@patkit/${name}`)
  const { installs: all, programs: theirs } = sectionOf('README.md', heading)
  expect({ installs, program: programs[0] }).toEqual({ installs: all, program: theirs[0] })
})

test('docs/guides/management.md, without a tokens table: it survives a stopped database, and answers that it is unavailable', async () => {
  const { folder, port } = await install(sectionOf(...WITH_DATABASE))
  const server = await ownPostgres()
  cleanups.push(() => server.stop())
  const env = { DATABASE_URL: server.url }
  const app = start(folder, env)
  const [, token = ''] = /Bearer ([^"]+)"/.exec(await app.line(/Bearer/)) ?? []
  expect(await status(port, token)).toBe(200)
  await server.halt()
  // A token that is not remembered has to be looked up.
  expect(await status(port, UNKNOWN)).toBe(503)
  await server.restart()
  expect(await status(port, UNKNOWN)).toBe(401)
  expect(await status(port, token)).toBe(200)
  await app.stop()

  await server.halt()
  const refused = start(folder, env)
  expect(await refused.ended).toEqual({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/^The database cannot be used: connect ECONNREFUSED \S+\n$/),
  })
})

test('every install line of a page names what the programs beside it import', () => {
  const pages = [
    'README.md',
    ...['express', 'koa', 'hono', 'tokens', 'sql', 'jwt', 'redis', 'api', 'console'].map(
      (name) => `packages/${name}/README.md`,
    ),
    ...markdownIn('docs/guides'),
  ]
  const lacking = pages.flatMap((page) =>
    sectionsOf(read(page))
      .filter(({ installs }) => installs.length > 0)
      .flatMap((section) => missing(section).map((name) => `${page}, ${section.heading}: ${name}`)),
  )
  expect(lacking).toEqual([])
})

/** Packages that the first program imports and the section does not install, with types where they have none. */
function missing({ installs, programs: [program = ''] }: Section): string[] {
  const imports = [...program.matchAll(/ from '((?:@[^/']+\/)?[^/'.][^/']*)/g)].map(([, name]) => name as string)
  return imports.flatMap(installedFor).filter((name) => !installs.includes(name))
}

function installedFor(name: string): readonly string[] {
  if (name.startsWith('node:')) return ['@types/node']
  return ['express', 'koa', 'pg'].includes(name) ? [name, `@types/${name}`] : [name]
}

function read(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8')
}

function sectionOf(page: string, heading: string): Section {
  const section = sectionsOf(read(page)).find((candidate) => candidate.heading === heading)
  if (section === undefined) throw new Error(`${page} has no section ${heading}`)
  return section
}

/** An empty folder with what a section says to install, and its first program, on a port of its own. */
async function install({ installs, programs }: Section): Promise<{ folder: string; port: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'patkit-reader-'))
  cleanups.push(() => rm(folder, { recursive: true, force: true }))
  const port = await freePort()
  const code = programs[0]?.replaceAll(PORT, (found) => found.replace('3000', String(port)))
  await writeFile(join(folder, 'app.ts'), code as string)
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG))
  await writeFile(join(folder, 'package.json'), JSON.stringify(readerManifest(installs, tarballs)))
  await runOrThrow('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline'], folder)
  for (const compiler of COMPILERS) await runOrThrow(process.execPath, [compiler, '-p', folder], folder)
  return { folder, port }
}

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

function start(folder: string, env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'app.ts'], { cwd: folder, env: { ...process.env, ...env } })
  const closed = once(child, 'close')
  cleanups.push(() => stop(child, closed))
  const stderr = text(child.stderr)
  return {
    /** The next line that matches. */
    async line(wanted: RegExp): Promise<string> {
      for await (const line of createInterface(child.stdout)) if (wanted.test(line)) return line
      throw new Error(`the program has ended: ${await stderr}`)
    },
    get ended(): Promise<Ended> {
      return Promise.all([text(child.stdout), stderr, closed]).then(([stdout, said, [code]]) => ({
        code,
        stdout,
        stderr: said,
      }))
    },
    stop: () => stop(child, closed),
  }
}

async function stop(child: ChildProcess, closed: Promise<unknown>): Promise<void> {
  child.kill('SIGKILL')
  await closed
}

async function listening(port: number): Promise<void> {
  while (
    !(await fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    ))
  );
}

async function status(port: number, token: string | null): Promise<number> {
  const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` }
  return (await fetch(`http://127.0.0.1:${port}/files`, { headers })).status
}
