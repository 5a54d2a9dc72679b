/** For the authors of adapters, formats, channels, sinks and stores. */
export {
  type Awaitable,
  andThen,
  isThenable,
  nextTurn,
  unref,
  within,
} from './async.ts'
export type { RequestContext, SinkErasure, UseEvent } from './audit-event.ts'
export { BLANK_TEXT } from './blank-text.ts'
export { type Challenge, STATUS_TITLES } from './challenge.ts'
export type { ChannelListener } from './channel.ts'
export type { ForwardedHeader, HopReason } from './client-ip.ts'
export { uncoveredScopes, widestScopes } from './covers.ts'
export type { CredentialPlace, CredentialSyntax } from './credential.ts'
export { type Allowed, DENY_REASONS, type Decision, type Grant, type Requirement } from './decision.ts'
export { type Pepper, pepperedDigest } from './digest.ts'
export type { PatErrorCode } from './errors.ts'
export { createStamps, type Stamp } from './event-id.ts'
export type { ClientAddressExplanation, Hop } from './explain-client-address.ts'
export type { Invalidation } from './invalidation.ts'
export {
  type Adapter,
  type Check,
  createAdapter,
  type MiddlewareOptions,
  type Outcome,
  type Passed,
  passedByOnDeny,
  type Refused,
  type ScopeArgument,
} from './middleware.ts'
export { LONGEST_TIMER_MS, refuseUnknownOptions, wrongOption } from './option-checks.ts'
export type { ScopeOptions, UseListener } from './options.ts'
export {
  type CountedHeaders,
  hasTruncatedHeaders,
  joinedHeader,
  type NodeHeaders,
  nodeHeader,
  repeatedHeader,
} from './raw-headers.ts'
export type { ApiTypes, RegisteredPat, RegisteredScope } from './record.ts'
export type { ReadContext, Resolve, ResolveContext, ResolveMany, Resolver } from './resolver.ts'
export type { Scope, ScopeCatalog, Segment } from './scopes.ts'
export { type PeerSocket, socketPeer } from './socket-peer.ts'
export {
  type ImportedFormatOptions,
  type MintedToken,
  type MintingFormat,
  mintedToken,
  type TokenFormatOptions,
} from './token-format.ts'
export { appendVary, type VaryingResponse, varyOnHead } from './vary.ts'
export type { Health, RequestReader } from './verifier.ts'
