import { format } from './format.ts'
import type { DriveScope } from './scopes.ts'
import type { TokenRow } from './tokens-table.ts'

export type DemoName = 'read' | 'write' | 'machine' | 'expired' | 'revoked' | 'elsewhere'

export interface DemoTokens {
  /** What is shown once. */
  readonly secrets: Readonly<Record<DemoName, string>>
  /** What is stored. */
  readonly rows: readonly TokenRow[]
}

interface Traits {
  readonly scopes: readonly DriveScope[]
  readonly user: string | null
  readonly ranges?: readonly string[]
  readonly expiresInDays?: number
  readonly revoked?: true
}

const USER = 'user-1'
const DAY_MS = 86_400_000

const TRAITS: Readonly<Record<DemoName, Traits>> = {
  read: { scopes: ['drive:read'], user: USER },
  write: { scopes: ['drive:read', 'drive:write'], user: USER },
  machine: { scopes: ['drive:read'], user: null },
  expired: { scopes: ['drive:read'], user: USER, expiresInDays: -1 },
  revoked: { scopes: ['drive:read'], user: USER, revoked: true },
  elsewhere: { scopes: ['drive:read'], user: USER, ranges: ['203.0.113.0/24'] },
}

/** One new token for each kind of answer. */
export function mintDemoTokens(now: Date): DemoTokens {
  const minted = (Object.keys(TRAITS) as DemoName[]).map((name) => ({ name, token: format.mint() }))
  const secrets = Object.fromEntries(minted.map(({ name, token }) => [name, token.reveal()]))
  return {
    secrets: secrets as Record<DemoName, string>,
    rows: minted.map(({ name, token }) => ({
      token_id: `token-${name}`,
      token_sha256: token.digest,
      hint: token.hint,
      ...columns(TRAITS[name], now),
    })),
  }
}

function columns(
  { scopes, user, ranges, expiresInDays = 30, revoked }: Traits,
  now: Date,
): Omit<TokenRow, 'token_id' | 'token_sha256' | 'hint'> {
  return {
    scopes: JSON.stringify(scopes),
    acting_user: user,
    allowed_ranges: ranges === undefined ? null : JSON.stringify(ranges),
    expires_at: new Date(now.getTime() + expiresInDays * DAY_MS).toISOString(),
    revoked_at: revoked === undefined ? null : now.toISOString(),
  }
}
