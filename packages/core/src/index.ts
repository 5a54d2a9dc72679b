export { AccessDenied } from './access-denied.ts'
export { actingAs } from './acting-as.ts'
export { canonicalAddress, canonicalCidr } from './address.ts'
export { type Awaitable, andThen, isThenable } from './async.ts'
export { AUDIT_CHANNEL, type Audit } from './audit.ts'
export type { AuditEvent, AuditSink, RequestContext, SinkErasure, UseEvent } from './audit-event.ts'
export { BLANK_TEXT } from './blank-text.ts'
export type { Challenge } from './challenge.ts'
export { type ChannelListener, type InvalidationChannel, inProcessChannel } from './channel.ts'
export type { ForwardedHeader, HopReason } from './client-ip.ts'
export { covers, uncoveredScopes, widestScopes } from './covers.ts'
export type { CredentialPlace, CredentialSyntax } from './credential.ts'
export {
  type Allowed,
  DENY_REASONS,
  type Decision,
  type Denied,
  type DenyReason,
  type Grant,
  type Requirement,
} from './decision.ts'
export { digestToken, type Pepper, pepperedDigest } from './digest.ts'
export { effectiveScopes } from './effective-scopes.ts'
export { PatError, type PatErrorCode } from './errors.ts'
export { createStamps, type Stamp } from './event-id.ts'
export { type ClientAddressExplanation, explainClientAddress, type Hop } from './explain-client-address.ts'
export type { Invalidation } from './invalidation.ts'
export { type MemorySink, memorySink } from './memory-sink.ts'
export {
  type Adapter,
  type Check,
  createAdapter,
  type HeldScope,
  type MiddlewareOptions,
  type Outcome,
  type Passed,
  passedByOnDeny,
  type Refused,
  type ScopeArgument,
} from './middleware.ts'
export type { ScopeOptions, UseListener, VerifierOptions } from './options.ts'
export {
  type CountedHeaders,
  hasTruncatedHeaders,
  joinedHeader,
  type NodeHeaders,
  nodeHeader,
  repeatedHeader,
} from './raw-headers.ts'
export type { ApiTypes, Register, RegisteredPat, RegisteredRecord, RegisteredScope, TokenRecord } from './record.ts'
export type { ReadContext, Resolve, ResolveContext, ResolveMany, Resolver } from './resolver.ts'
export { defineScopes, isScopeName, type Scope, type ScopeCatalog, type ScopeOf, type Segment } from './scopes.ts'
export { type PeerSocket, socketPeer } from './socket-peer.ts'
export {
  type ImportedFormatOptions,
  importedFormat,
  type MintedToken,
  type MintingFormat,
  mintedToken,
  type PrefixedFormat,
  type TokenFormat,
  type TokenFormatOptions,
  tokenFormat,
} from './token-format.ts'
export { appendVary, type VaryingResponse, varyOnHead } from './vary.ts'
export { createVerifier, type Health, type RequestReader, type Verifier } from './verifier.ts'
