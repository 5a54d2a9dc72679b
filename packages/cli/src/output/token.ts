import type { Issued, TokenStatus, TokenView } from '@patkit/tokens'
import type { Option } from 'commander'
import { option } from '../command.ts'
import { instantText } from '../options/values.ts'
import type { Printer } from './printer.ts'
import { block, type Column, type Field } from './table.ts'
import type { Style } from './text.ts'

/** A token as programs read it. Named one by one: what a token may hold one day is not printed unasked. */
export function tokenDocument(token: TokenView): object {
  const { id, organizationId, principalId, name, description, status, hint, scopes, userId, ipAllowlist } = token
  const { createdBy, createdAt, issuedAt, expiresAt, endsAt, revokedAt, lastUsedAt, lastUsedIp, useCount, version } =
    token
  return {
    id,
    organizationId,
    principalId,
    name,
    description,
    status,
    hint,
    scopes,
    userId,
    ipAllowlist,
    createdBy,
    createdAt,
    issuedAt,
    expiresAt,
    endsAt,
    revokedAt,
    lastUsedAt,
    lastUsedIp,
    useCount,
    version,
  }
}

/** Prints a token whole. */
export async function printToken(printer: Printer, token: TokenView): Promise<void> {
  await printer.result(tokenDocument(token), () => tokenBlock(printer, token))
}

export function tokenBlock({ width, style }: Printer, token: TokenView): string {
  return block(token.id, tokenFields(token, style), width, style)
}

/** A line for each thing that is known. */
function tokenFields(token: TokenView, style: Style): readonly Field[] {
  const paint = statusPaint(style)
  return [
    ['name', token.name],
    ...(token.description === null ? [] : [['description', token.description] as const]),
    ['status', token.status, (text) => paint(text, token)],
    ['organization', token.organizationId],
    ['principal', token.principalId],
    ...(token.userId === null ? [] : [['acts for', token.userId] as const]),
    ['hint', token.hint],
    ['scopes', token.scopes.join(' ') || 'none'],
    ['addresses', token.ipAllowlist?.join(' ') ?? 'any'],
    ['expires', expiry(token)],
    ...(token.revokedAt === null ? [] : [['revoked', instantText(token.revokedAt)] as const]),
    ['last used', lastUse(token)],
    ['created', `${instantText(token.createdAt)} by ${token.createdBy}`],
    ...(Number(token.issuedAt) === Number(token.createdAt) ? [] : [['renewed', instantText(token.issuedAt)] as const]),
    ['version', String(token.version)],
  ]
}

/** Those that have to be seen first, the others where there is room. */
export function tokenColumns(style: Style): readonly Column<TokenView>[] {
  return [
    { title: 'id', value: ({ id }) => id },
    { title: 'name', value: ({ name }) => name, least: 10 },
    { title: 'status', value: ({ status }) => status, paint: statusPaint(style) },
    { title: 'expires', value: ({ endsAt }) => instantOr(endsAt, 'never') },
    { title: 'principal', value: ({ principalId }) => principalId, optional: true },
    { title: 'last used', value: ({ lastUsedAt }) => instantOr(lastUsedAt, 'never'), optional: true },
    { title: 'scopes', value: ({ scopes }) => scopes.join(' ') || 'none', least: 12, optional: true },
    { title: 'hint', value: ({ hint }) => hint, optional: true },
  ]
}

export function instantOr(instant: Date | null, none: string): string {
  return instant === null ? none : instantText(instant)
}

function statusPaint(style: Style): (text: string, token: TokenView) => string {
  const paints = { active: style.green, expired: style.yellow, revoked: style.red } satisfies Record<
    TokenStatus,
    (text: string) => string
  >
  return (text, { status }) => paints[status](text)
}

/** The end that holds, and where the token itself does not say it. */
function expiry({ endsAt, expiresAt }: TokenView): string {
  const end = instantOr(endsAt, 'never')
  return Number(endsAt) === Number(expiresAt) ? end : `${end}, by the policy`
}

function lastUse({ lastUsedAt, lastUsedIp, useCount }: TokenView): string {
  if (lastUsedAt === null) return 'never'
  const from = lastUsedIp === null ? '' : ` from ${lastUsedIp}`
  return `${instantText(lastUsedAt)}${from}, ${useCount} ${useCount === 1 ? 'use' : 'uses'}`
}

export const QUIET: Option = option('--quiet', 'print the token alone, for a pipe or a file')

/** Prints a token and its new secret: the one time that it is shown. */
export async function printIssued(printer: Printer, { token, secret }: Issued, quiet: boolean): Promise<void> {
  if (quiet && !printer.json) {
    await printer.raw(`${secret.reveal()}\n`)
    return
  }
  await printer.result(
    { token: tokenDocument(token), secret: secret.reveal() },
    () => `${tokenBlock(printer, token)}\n\n${printer.style.bold(secret.reveal())}`,
  )
  await printer.note('\nSave this token now. patkit does not store it and cannot show it again.')
}

/** APIs that are running remember what they looked up. */
export async function noteStaleness(printer: Printer): Promise<void> {
  await printer.note(
    'APIs with a channel to this database learn of it at once, others within cacheTtlSeconds (60 by default).',
  )
}
