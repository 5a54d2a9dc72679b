import type { Invalidation } from '@patkit/core/adapter'
import type { Random } from './random.ts'
import { SECRETS, type Snapshot, type Token } from './truth.ts'

/** A change of the tables that was made, and whom it concerns. */
export interface Change {
  readonly next: Omit<Snapshot, 'at'>
  readonly text: string
  /** The token as it is now; of its principal, where that was changed. */
  readonly token: Token
  readonly concerns: 'token' | 'principal'
}

interface Edit {
  readonly text: string
  readonly members: Partial<Token>
}

const LIFETIMES_MS = [1, 400, 1_000, 4_000, 30_000]

/** A change that can be made now, drawn at random. */
export function drawChange(before: Snapshot, now: number, random: Random): Change {
  const token = random.pick(before.tokens)
  if (token.exists && random.chance(0.15)) return switchPrincipal(before, token)
  const { text, members } = drawEdit(token, now, random)
  const changed = { ...token, ...members, version: token.version + 1 }
  const tokens = before.tokens.map((other) => (other === token ? changed : other))
  return {
    next: { ...before, tokens },
    text: `${token.id} ${text}, version ${changed.version}`,
    token: changed,
    concerns: 'token',
  }
}

function switchPrincipal(before: Snapshot, token: Token): Change {
  const { principalId } = token
  const disabled = before.disabledPrincipals.includes(principalId)
  const disabledPrincipals = disabled
    ? before.disabledPrincipals.filter((id) => id !== principalId)
    : [...before.disabledPrincipals, principalId]
  const text = `${principalId} ${disabled ? 'enabled' : 'disabled'}`
  return { next: { ...before, disabledPrincipals }, text, token, concerns: 'principal' }
}

function drawEdit(token: Token, now: number, random: Random): Edit {
  if (!token.exists) return { text: 'created again', members: { exists: true, revoked: false } }
  if (token.revoked && random.chance(0.6)) return { text: 'enabled again', members: { revoked: false } }
  const kind = random.pick(['revoke', 'revoke', 'revoke', 'expire', 'expire', 'rotate', 'delete'] as const)
  if (kind === 'revoke') return { text: 'revoked', members: { revoked: true } }
  if (kind === 'delete') return { text: 'deleted', members: { exists: false } }
  if (kind === 'rotate' && token.secretEnds.length < SECRETS) return rotate(token, now, random)
  const expiresAt = random.chance(0.2) ? null : now + random.pick(LIFETIMES_MS)
  return { text: `expires ${expiresAt === null ? 'never' : `at ${expiresAt}`}`, members: { expiresAt } }
}

function rotate({ secretEnds }: Token, now: number, random: Random): Edit {
  const overlapMs = random.pick([0, 0, ...LIFETIMES_MS])
  const end = now + overlapMs
  const awaited = overlapMs === 0 ? null : secretEnds.length
  const members = { secretEnds: [...endedBy(secretEnds, end), null], awaited }
  return { text: `rotated, its old secret ends at ${end}`, members }
}

/** The change that the first use of a new secret brings about, or `null` where another one came before. */
export function adoption(before: Snapshot, id: string, secret: number, now: number): Change | null {
  const token = before.tokens.find((candidate) => candidate.id === id)
  if (token === undefined || !token.exists || token.awaited !== secret) return null
  const ended: (number | null)[] = endedBy(token.secretEnds, now)
  const secretEnds = ended.with(secret, token.secretEnds[secret] ?? null)
  const changed = { ...token, secretEnds, awaited: null, version: token.version + 1 }
  const tokens = before.tokens.map((other) => (other === token ? changed : other))
  return {
    next: { ...before, tokens },
    text: `${id} adopts its secret ${secret}, version ${changed.version}`,
    token: changed,
    concerns: 'token',
  }
}

function endedBy(secretEnds: readonly (number | null)[], end: number): number[] {
  return secretEnds.map((endsAt) => Math.min(endsAt ?? end, end))
}

/** One of the invalidations that make a change known. */
export function drawInvalidation({ token, concerns }: Change, random: Random): Invalidation {
  const ofPrincipal = ['principal', 'principal', 'organization', 'all'] as const
  const kind = random.pick(
    concerns === 'principal' ? ofPrincipal : (['token', 'token', 'token', ...ofPrincipal] as const),
  )
  if (kind === 'all') return { kind }
  if (kind === 'principal') return { kind, id: token.principalId }
  if (kind === 'organization') return { kind, id: token.organizationId }
  return { kind, id: token.id, minVersion: random.chance(0.75) ? token.version : null }
}
