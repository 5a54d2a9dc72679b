import { execFileSync } from 'node:child_process'
import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { builtPackages } from './harness/built-packages.ts'
import { bundleSize } from './harness/bundle-size.ts'
import { fullOrQuick, progress } from './harness/flags.ts'
import { publish } from './harness/report.ts'
import { middle, rounded } from './harness/statistics.ts'

/** What a program pays before its first answer: fresh processes of plain Node, one after the other. */
interface Program {
  readonly name: string
  /** The modules of the program, as statements. */
  readonly imports: string
  /** What follows up to the first verified request, as statements. */
  readonly first: string
}

const PROCESSES = fullOrQuick(25, 3)

const EXPRESS_REQUEST = `
  const app = express()
  const answered = (handler) => new Promise((resolve, reject) => {
    const req = Object.assign(Object.create(app.request), {
      method: 'GET', url: '/files', headers: { authorization: value }, rawHeaders: ['Authorization', value],
      socket: { remoteAddress: '127.0.0.1' }, app,
    })
    const res = Object.assign(Object.create(app.response), { req, app, setHeader() {}, end() { reject(new Error('denied')) } })
    handler(req, res, (error) => error === undefined ? resolve() : reject(error))
  })`

const PROGRAMS: readonly Program[] = [
  { name: 'Node.js alone', imports: '', first: '' },
  { name: 'express', imports: `const { default: express } = await import('express')`, first: 'express()' },
  {
    name: 'express + @patkit/express',
    imports: `
  const { default: express } = await import('express')
  const { patAuth } = await import('@patkit/express')
  const { tokenFormat } = await import('@patkit/core')`,
    first: `
  const format = tokenFormat({ prefix: 'acme_pat' })
  const token = format.mint()
  const value = 'Bearer ' + token.reveal()
  ${EXPRESS_REQUEST}
  const record = { id: '1', digest: token.digest, scopes: [], expiresAt: null, revokedAt: null, ipAllowlist: null, userId: null }
  await answered(patAuth({ format, resolve: () => record }))`,
  },
  {
    name: 'express + better-auth (memory)',
    imports: `
  const { default: express } = await import('express')
  const { betterAuth } = await import('better-auth')
  const { memoryAdapter } = await import('better-auth/adapters/memory')
  const { apiKey } = await import('@better-auth/api-key')`,
    first: `
  express()
  const auth = betterAuth({
    baseURL: 'http://localhost', secret: 'a secret of the bench, 32 bytes and more',
    database: memoryAdapter({ user: [{ id: '1' }], session: [], account: [], verification: [], apikey: [] }),
    telemetry: { enabled: false }, plugins: [apiKey({ rateLimit: { enabled: false } })],
  })
  const { key } = await auth.api.createApiKey({ body: { userId: '1', name: 'key' } })
  if (!(await auth.api.verifyApiKey({ body: { key } })).valid) throw new Error('denied')`,
  },
]

const packages = builtPackages()
for (const name of ['better-auth', '@better-auth'])
  symlinkSync(join(import.meta.dirname, 'node_modules', name), join(packages.folder, 'node_modules', name))

interface Start {
  /** Milliseconds from the start of the first import to its end, and to the first verified request. */
  readonly imported: number
  readonly verified: number
  /** Bytes in memory. */
  readonly resident: number
  readonly heap: number
}

const starts = new Map<string, Start[]>(PROGRAMS.map(({ name }) => [name, []]))
for (let index = 0; index < PROCESSES; index++) {
  for (const program of PROGRAMS) starts.get(program.name)?.push(start(program))
  if ((index + 1) % 5 === 0) progress(`${index + 1} of ${PROCESSES} processes each`)
}
publishStarts()
publishSize()

function start({ imports, first }: Program): Start {
  const file = join(packages.folder, 'program.mjs')
  const source = `
  const begun = process.cpuUsage()
  const spent = () => { const { user, system } = process.cpuUsage(begun); return (user + system) / 1000 }
  ${imports}
  const imported = spent()
  ${first}
  const verified = spent()
  const { rss: resident, heapUsed: heap } = process.memoryUsage()
  console.log(JSON.stringify({ imported, verified, resident, heap }))`
  writeFileSync(file, source)
  return JSON.parse(execFileSync(process.execPath, [file]).toString())
}

function publishStarts(): void {
  const rows = [...starts].map(([program, all]) => {
    const median = (member: keyof Start) => middle(all.map((one) => one[member]))
    return {
      program,
      'import, ms': rounded(median('imported')),
      'first verified request, ms': rounded(median('verified')),
      'resident, MiB': rounded(median('resident') / 2 ** 20),
      'heap, MiB': rounded(median('heap') / 2 ** 20),
    }
  })
  publish({
    title: 'Cold start',
    note: `Medians of ${PROCESSES} fresh processes each; milliseconds of processor time from the start of the first import, which includes making the token.`,
    rows,
    plot: {
      kind: 'bars',
      file: 'startup',
      unit: 'milliseconds of processor time to the first verified request',
      scale: 'linear',
      bars: rows.slice(1).map((row) => ({
        label: row.program,
        value: row['first verified request, ms'],
        isOurs: row.program.includes('@patkit'),
      })),
    },
  })
}

function publishSize(): void {
  const { minified, gzipped } = bundleSize(packages.folder)
  publish({
    title: 'Size of @patkit/hono and @patkit/core with their dependencies',
    note: 'Everything that both export, bundled and minified by esbuild, without Hono.',
    rows: [{ 'minified, bytes': minified, 'gzipped, bytes': gzipped }],
  })
}
