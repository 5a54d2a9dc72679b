import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { afterAll, expect } from 'vitest'
import { run, type World } from '../src/index.ts'

/** What a command has printed, and how it has ended. */
export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface Surroundings {
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string | Buffer
  readonly cwd?: string
  readonly columns?: number
  readonly isTty?: Partial<World['isTty']>
  readonly clock?: () => number
  readonly onInterrupt?: World['onInterrupt']
  /** Default: terminates at once, so that a server ends when it is up. */
  readonly onTerminate?: World['onTerminate']
  readonly stdout?: Writable
}

export const NOW: number = Date.parse('2026-03-01T12:00:00Z')

const TOKEN = /[A-Za-z]\w*_[0-9A-Za-z]{36}(?![0-9A-Za-z])/g
/** The code of a sign-in link, which may look like a token: `serve` shows links. */
const LINK_CODE = /#code=[\w-]{43}/g
const DIGEST = /\b[0-9a-f]{64}\b/
/** The commands that show a secret, once, on stdout. */
const SHOWING = /^token (?:create|rotate|regenerate)\b/

/** Runs a command line in this process. All output is searched for secrets. */
export async function patkit(args: readonly string[], around: Surroundings = {}): Promise<Ended> {
  const printed = { stdout: '', stderr: '' }
  const stream = (name: 'stdout' | 'stderr') =>
    new Writable({
      write(chunk, _encoding, done) {
        printed[name] += String(chunk)
        done()
      },
    })
  const code = await run(args, {
    stdin: Readable.from(around.stdin === undefined ? [] : [Buffer.from(around.stdin)]),
    stdout: around.stdout ?? stream('stdout'),
    stderr: stream('stderr'),
    env: around.env ?? {},
    cwd: around.cwd ?? tmpdir(),
    columns: around.columns ?? null,
    isTty: { stdin: false, stdout: false, stderr: false, ...around.isTty },
    user: 'tester',
    clock: around.clock ?? (() => NOW),
    onInterrupt: around.onInterrupt ?? (() => () => {}),
    onTerminate: around.onTerminate ?? terminateAtOnce,
  })
  const ended = { code, ...printed }
  requireNoSecrets(args, around.env ?? {}, ended)
  return ended
}

function terminateAtOnce(listener: () => void): () => void {
  listener()
  return () => {}
}

/** Tokens where one is meant to be shown, and nowhere else; digests, passwords and keys never. */
function requireNoSecrets(args: readonly string[], env: Readonly<Record<string, string>>, ended: Ended): void {
  const everything = ended.stdout + ended.stderr
  const shown = ended.code === 0 && SHOWING.test(args.join(' ')) && !args.includes('--help') ? 1 : 0
  expect(ended.stdout.replaceAll(LINK_CODE, '').match(TOKEN) ?? [], args.join(' ')).toHaveLength(shown)
  expect(ended.stderr).not.toMatch(TOKEN)
  expect(everything).not.toMatch(DIGEST)
  for (const secret of secretsOf(env)) expect(everything).not.toContain(secret)
}

function secretsOf(env: Readonly<Record<string, string>>): string[] {
  const url = env.PATKIT_DB !== undefined && URL.canParse(env.PATKIT_DB) ? new URL(env.PATKIT_DB) : null
  const keys = (env.PATKIT_PEPPERS ?? '').split(',').map((entry) => entry.split(':')[1] ?? '')
  return [decodeURIComponent(url?.password ?? ''), env.PGPASSWORD ?? '', env.MYSQL_PWD ?? '', ...keys].filter(
    // The password of the test server is its user's name, too.
    (secret) => secret !== '' && secret !== 'postgres',
  )
}

/** A folder that is gone when the tests of a file are over. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'patkit-cli-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** The one JSON document that was printed. */
export function document<T = Record<string, unknown>>({ stdout }: Ended): T {
  return JSON.parse(stdout)
}
