import { canonicalAddress, createVerifier, type DenyReason, isScopeName, type PatError } from '@patkit/core'
import type { Decision, RequestReader } from '@patkit/core/adapter'
import type { StoredRecord, TokenView } from '@patkit/tokens'
import { recordUnder, viewOf } from '@patkit/tokens/store'
import type { Command } from 'commander'
import { type AddCommand, option, repeatable, type Session } from '../command.ts'
import { requireDatabase, requireFormat, type Settings } from '../config/settings.ts'
import { type Database, databaseError, withDatabase } from '../database/database.ts'
import { EXIT, usageError } from '../errors.ts'
import { readToken } from '../options/stdin.ts'
import type { Printer } from '../output/printer.ts'
import { filled } from '../output/text.ts'
import { tokenBlock, tokenDocument } from '../output/token.ts'

/** A request as a token would come with, and what a route would ask of it. */
export interface Trial {
  readonly token: string
  readonly clientIp: string | null
  readonly scopes: readonly string[]
  readonly userRequired: boolean
}

export interface Verdict {
  readonly reason: DenyReason | null
  readonly tokenId: string | null
}

const reader: RequestReader<Trial> = {
  header: ({ token }) => `Bearer ${token}`,
  peer: ({ clientIp }) => clientIp,
  context: () => ({ id: null, method: '', path: null, route: null, userAgent: null }),
}

/**
 * Decides as a verifier on this database would, and records nothing: it does not count as a use, adopts no secret, and
 * an ended secret is not reported as reused.
 */
export async function decideOn(trial: Trial, settings: Settings, { store }: Database, now: number): Promise<Verdict> {
  const faults: PatError[] = []
  const verifier = createVerifier<StoredRecord>({
    ...settings.rules.scopeOptions,
    format: [requireFormat(settings), ...settings.foreignFormats],
    clock: () => now,
    onError: (fault) => faults.push(fault),
    maxBatch: 1,
    async resolveMany(digests) {
      const records = await store.resolveMany(digests)
      return new Map(Array.from(records, ([digest, record]) => [digest, recordUnder(settings.rules.life, record)]))
    },
  })
  const verified = await verifier.verify(trial, reader)
  let decision: Decision<StoredRecord> = verified
  if (decision.ok && trial.userRequired) {
    decision = await verifier.authorize(verified, { kind: 'user', detail: null }, trial, reader)
  }
  if (decision.ok && trial.scopes.length > 0) {
    decision = await verifier.authorize(verified, { kind: 'all', scopes: trial.scopes }, trial, reader)
  }
  const [fault] = faults
  if (fault !== undefined) throw databaseError(requireDatabase(settings), fault.cause ?? fault)
  return decision.ok
    ? { reason: null, tokenId: decision.grant.record.id }
    : { reason: decision.reason, tokenId: decision.tokenId }
}

interface VerifyOptions {
  readonly scope?: readonly string[]
  readonly userRequired?: boolean
  readonly ip?: string
}

/** The meaning of each reason for the operator of the API. */
const MEANINGS: Readonly<Record<DenyReason, string>> = {
  missing_credential: 'no token given',
  malformed_credential: 'this can be no token: its characters or its length',
  malformed_token: 'another prefix, or a wrong checksum: a typo, or a token of another API',
  unknown_token: 'no such token: never issued here, or removed',
  revoked: 'it was revoked',
  superseded: 'it was rotated, and this secret has ended',
  expired: 'it has expired, by its own end or by the policy',
  principal_disabled: 'its owner is disabled',
  user_disabled: 'the user it acts for is disabled',
  ip_denied: 'it may not be used from this address',
  user_required: 'it acts for no user',
  insufficient_scope: 'it, or its owner, does not hold every scope',
  rate_limited: 'too many requests',
  unavailable: 'the database has not answered',
}

export function verifyCommand(program: Command, add: AddCommand): void {
  add<VerifyOptions>(program, {
    name: 'verify',
    summary: 'Report whether a token from stdin is valid, and the reason if not',
    details: 'Neither counts as a use nor is recorded. Exits with 0 for a valid token, and with 1 for any other.',
    common: ['db', 'prefix'],
    options: [
      repeatable('--scope <scope>', 'a scope that it must hold'),
      option('--user-required', 'it must act for a user'),
      option('--ip <address>', 'the address it would come from'),
    ],
    examples: ['patkit verify < token.txt', 'patkit verify --scope drive:read --ip 192.0.2.7 --json < token.txt'],
    async run(session, given) {
      const { settings, printer, world } = session
      requireFormat(settings)
      const asked = requirements(given)
      const trial = { ...asked, token: await readToken(world) }
      const [verdict, token] = await withDatabase(settings, world.clock, (database) => judged(trial, session, database))
      await printVerdict(printer, verdict, token)
      if (verdict.reason === 'ip_denied' && given.ip === undefined) await printer.note('Say from where: --ip.')
      return verdict.reason === null ? EXIT.done : EXIT.refused
    },
  })
}

/** @throws CliError naming the option: an invalid scope is a mistake, not a denial */
function requirements({ scope = [], userRequired = false, ip }: VerifyOptions): Omit<Trial, 'token'> {
  const wrong = scope.find((name) => !isScopeName(name) || name.includes('*'))
  if (wrong !== undefined) throw usageError('--scope', 'must be a scope name without *')
  const clientIp = ip === undefined ? null : canonicalAddress(ip)
  if (ip !== undefined && clientIp === null) throw usageError('--ip', 'must be an IP address')
  return { scopes: scope, userRequired, clientIp }
}

async function judged(trial: Trial, session: Session, database: Database): Promise<[Verdict, TokenView | null]> {
  const { settings, world } = session
  const now = world.clock()
  const verdict = await decideOn(trial, settings, database, now)
  if (verdict.tokenId === null) return [verdict, null]
  const token = await database.token(verdict.tokenId)
  return [verdict, viewOf(token, settings.rules.life, new Date(now))]
}

async function printVerdict(printer: Printer, { reason }: Verdict, token: TokenView | null): Promise<void> {
  const document = { allowed: reason === null, reason, token: token === null ? null : tokenDocument(token) }
  await printer.result(document, () => {
    const { style } = printer
    const words = reason === null ? style.green('allowed') : `${style.red('denied')}: ${reason} (${MEANINGS[reason]})`
    const line = filled(words, printer.width)
    return token === null ? line : `${line}\n\n${tokenBlock(printer, token)}`
  })
}
