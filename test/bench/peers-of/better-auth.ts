import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { apiKey } from '@better-auth/api-key'
import { type BetterAuthOptions, type BetterAuthPlugin, betterAuth } from 'better-auth'
import { memoryAdapter } from 'better-auth/adapters/memory'
import { getMigrations } from 'better-auth/db/migration'
import { dialectOf } from '../../servers/dialect.ts'
import type { Peer } from './peer.ts'

/** Its adapter in memory looks at all of them one after the other. */
const KEYS = 100

export async function betterAuthPeers(): Promise<Peer[]> {
  const tables = { user: [], session: [], account: [], verification: [], apikey: [] }
  const folder = mkdtempSync(join(tmpdir(), 'patkit-better-auth-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const database = { dialect: dialectOf(`sqlite:${join(folder, 'auth.db')}`), type: 'sqlite' } as const
  await (await getMigrations(optionsOf(database))).runMigrations()
  return [await peerOn('memory', memoryAdapter(tables)), await peerOn('SQLite', database)]
}

type Database = NonNullable<BetterAuthOptions['database']>

/** The members that the bench calls: the types of the plug-in are those of another patch release of its own dependency. */
interface KeyApi {
  signUpEmail(input: { body: { email: string; password: string; name: string } }): Promise<{ user: { id: string } }>
  createApiKey(input: { body: { userId: string; name: string } }): Promise<{ key: string }>
  verifyApiKey(input: { body: { key: string } }): Promise<{ valid: boolean }>
}

function optionsOf(database: Database): BetterAuthOptions {
  return {
    baseURL: 'http://localhost',
    secret: 'a secret of the bench, 32 bytes and more',
    database,
    emailAndPassword: { enabled: true },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { disabled: true },
    plugins: [apiKey({ rateLimit: { enabled: false } }) as unknown as BetterAuthPlugin],
  }
}

async function peerOn(where: string, database: Database): Promise<Peer> {
  const api = betterAuth(optionsOf(database)).api as unknown as KeyApi
  const { user } = await api.signUpEmail({
    body: { email: 'ada@example.com', password: 'a password', name: 'Ada' },
  })
  const values: string[] = []
  for (let index = 0; index < KEYS; index++) {
    const { key } = await api.createApiKey({ body: { userId: user.id, name: `key ${index}` } })
    values.push(`Bearer ${key}`)
  }
  return {
    name: `better-auth API keys, ${where}`,
    packages: ['better-auth', '@better-auth/api-key'],
    configuration: `auth.api.verifyApiKey({ body: { key } }), ${KEYS} keys, database: ${where}, apiKey({ rateLimit: { enabled: false } })`,
    present: (value) => api.verifyApiKey({ body: { key: value.slice('Bearer '.length) } }),
    isAllowed: (result) => (result as { readonly valid: boolean }).valid,
    values,
    unknownValues: values.map((value) => `${value.slice(0, -4)}0000`),
  }
}
