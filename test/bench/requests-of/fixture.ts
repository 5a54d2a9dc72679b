import { createSecretKey, hash, type KeyObject } from 'node:crypto'
import type { Server } from 'node:http'
import type { AuditEvent, TokenRecord, VerifierOptions } from '@patkit/core'
import jwt from 'jsonwebtoken'
import type { BuiltPackages } from '../harness/built-packages.ts'
import { recordOf } from '../harness/record.ts'

/** One app with one kind of authentication. */
export interface RequestCase {
  readonly name: string
  readonly server: Server
  /** `Authorization` of the requests. Default: those that present patkit's tokens. */
  readonly values?: readonly string[]
  /** Whether it answers a token that it does not know with 401. */
  readonly authenticates: boolean
}

/** Tokens, and what the cases of all frameworks are built from. */
export interface Fixture {
  readonly packages: BuiltPackages
  /** `Authorization` of each token. */
  readonly values: readonly string[]
  /** `Authorization` with a well-formed token that no record has. */
  readonly unknownValue: string
  /** A verifier of one case, which remembers every token once it has seen it. */
  options(audit?: (event: AuditEvent) => void): VerifierOptions<TokenRecord>
  /** What an app without patkit does with a token: the record of its SHA-256 in a Map. */
  find(token: string): TokenRecord | undefined
  /** A key object, as from a string each of these libraries would make one for each request. */
  readonly jwtKey: KeyObject
  readonly jwtValues: readonly string[]
}

const TOKENS = 1_000
export const BODY = '{"files":[]}'

export async function requestFixture(packages: BuiltPackages): Promise<Fixture> {
  const { tokenFormat } = await packages.load<typeof import('@patkit/core')>('core')
  const format = tokenFormat({ prefix: 'acme_pat' })
  const tokens = Array.from({ length: TOKENS }, () => format.mint())
  const records = new Map(tokens.map((token, index) => [token.digest, recordOf(token, index)]))
  const jwtKey = createSecretKey(Buffer.from('a secret of the bench, 32 bytes and more'))
  return {
    packages,
    values: tokens.map((token) => `Bearer ${token.reveal()}`),
    unknownValue: `Bearer ${format.mint().reveal()}`,
    options: (audit) => ({
      format,
      resolve: (digest) => records.get(digest) ?? null,
      cacheTtlSeconds: 3_600,
      ...(audit !== undefined && { audit }),
    }),
    find: (token) => records.get(hash('sha256', token, 'hex')),
    jwtKey,
    jwtValues: tokens.map((_, index) => `Bearer ${jwtOf(index, jwtKey)}`),
  }
}

function jwtOf(index: number, key: KeyObject): string {
  return jwt.sign({ sub: `user_${index}`, scope: 'drive:read drive:write' }, key, { expiresIn: '1d' })
}

const heard: { last: AuditEvent | null } = { last: null }
/** An audit callback that does nothing of its own. */
export function hear(event: AuditEvent): void {
  heard.last = event
}

const read: { last: string | undefined } = { last: undefined }
/** Keeps a header, so that reading it is not optimised away. */
export function keepHeader(value: string | undefined): void {
  read.last = value
}

/** What costs least of all that authenticates: one digest of the header. */
export function digestHeader(value: string | undefined): void {
  read.last = hash('sha256', value ?? '', 'binary')
}
