export { actingAs } from './acting-as.ts'
export { canonicalCidr } from './address.ts'
export { AUDIT_CHANNEL, type Audit, type AuditEvent, type RequestContext, type UseEvent } from './audit.ts'
export type { Challenge } from './challenge.ts'
export type { ForwardedHeader, HopReason } from './client-ip.ts'
export type { CredentialSyntax } from './credential.ts'
export type { Allowed, Decision, Denied, DenyReason, Grant, Requirement } from './decision.ts'
export { digestToken, type Pepper, pepperedDigest } from './digest.ts'
export { PatError, type PatErrorCode } from './errors.ts'
export { type ClientAddressExplanation, explainClientAddress, type Hop } from './explain-client-address.ts'
export {
  type Adapter,
  andThen,
  type Check,
  createAdapter,
  type MiddlewareOptions,
  type Outcome,
  type Passed,
  type Refused,
  type ScopeArgument,
} from './middleware.ts'
export type { VerifierOptions } from './options.ts'
export { joinedHeader } from './raw-headers.ts'
export type { Register, RegisteredPat, RegisteredRecord, RegisteredScope, TokenRecord } from './record.ts'
export type { Resolve, ResolveContext } from './resolver.ts'
export { defineScopes, type Scope, type ScopeCatalog, type ScopeOf, type Segment } from './scopes.ts'
export { type PeerSocket, socketPeer } from './socket-peer.ts'
export {
  type ImportedFormatOptions,
  importedFormat,
  type MintedToken,
  type MintingFormat,
  type PrefixedFormat,
  type TokenFormat,
  type TokenFormatOptions,
  tokenFormat,
} from './token-format.ts'
export { createVerifier, type RequestReader, type Verifier } from './verifier.ts'
