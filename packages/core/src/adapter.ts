/** For the authors of adapters, formats, channels, sinks and stores. */

export type { ForwardedHeader, HopReason } from './address/client-address.ts'
export type { ClientAddressExplanation, Hop } from './address/explain.ts'
export { type PeerSocket, socketPeer } from './address/socket-peer.ts'
export {
  type Awaitable,
  andThen,
  isThenable,
  nextTurn,
  unref,
  within,
} from './async.ts'
export { erasedUse } from './audit/erased-use.ts'
export type { RequestContext, SinkErasure, UseEvent } from './audit/event.ts'
export { createStamps, type Stamp } from './audit/event-id.ts'
export { type Challenge, STATUS_TITLES } from './challenge.ts'
export type { CredentialPlace, CredentialSyntax } from './credential.ts'
export { type Allowed, DENY_REASONS, type Decision, type Grant, type Requirement } from './decision.ts'
export type { PatErrorCode } from './errors.ts'
export type { RequestReader } from './incoming-request.ts'
export { createFailureCounter, type FailureCounter, type FailureLimit } from './limit/failure-budget.ts'
export type { Limiter, LimiterState, WhenUnavailable } from './limit/limiter.ts'
export { type BackstopOptions, channelWithBackstop } from './lookup/backstop-channel.ts'
export type { ChannelHealth, ChannelListener } from './lookup/channel.ts'
export {
  type ChannelConnection,
  type ChannelTransport,
  type ConnectedChannelOptions,
  type ConnectionListener,
  createConnectedChannel,
} from './lookup/connected-channel.ts'
export type { Invalidation } from './lookup/invalidation.ts'
export type { ApiTypes, RegisteredPat, RegisteredScope } from './lookup/record.ts'
export type { ReadContext, Resolve, ResolveContext, ResolveMany, Resolver } from './lookup/resolver.ts'
export { createSubscribers, type Subscribers } from './lookup/subscribers.ts'
export { appendedHeaders, headersOnHead } from './middleware/answer-headers.ts'
export type { MiddlewareOptions } from './middleware/auth-config.ts'
export { type ExtensibleApp, extendApp } from './middleware/extend-app.ts'
export type { ScopeArgument } from './middleware/guard.ts'
export { type Adapter, createAdapter } from './middleware/middleware.ts'
export {
  type CountedHeaders,
  hasTruncatedHeaders,
  joinedHeader,
  type NodeHeaders,
  nodeHeader,
  repeatedHeader,
} from './middleware/node-headers.ts'
export { type Check, type Outcome, type Passed, passedByOnDeny, type Refused } from './middleware/outcome.ts'
export type { RateLimit } from './middleware/rate-limit.ts'
export type { VaryingResponse } from './middleware/vary.ts'
export { LONGEST_TIMER_MS, refuseUnknownOptions, wholeNumber, wrongOption } from './option-checks.ts'
export type { ScopeOptions, UseListener } from './options.ts'
export { uncoveredScopes, widestScopes } from './scope/covers.ts'
export type { Scope, ScopeCatalog, Segment } from './scope/scope.ts'
export { BLANK_TEXT, escapedCharacter, escapeUnprintable, printable, UNPRINTABLE } from './text.ts'
export { type Pepper, pepperedDigest } from './token/digest.ts'
export {
  type ImportedFormatOptions,
  type MintedToken,
  type MintingFormat,
  mintedToken,
  type TokenFormatOptions,
} from './token/format.ts'
export type { Health } from './verifier.ts'
