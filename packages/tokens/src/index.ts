export type { AuditFilterInput } from './audit/audit-input.ts'
export {
  type AuditListInput,
  type AuditLog,
  type AuditPage,
  createAuditLog,
  type PruneInput,
} from './audit/audit-log.ts'
export type { AuditScope, AuditStore, LoggedEvent, LogPart } from './audit/audit-store.ts'
export type { ChangeAction, ChangeEvent } from './audit/change-event.ts'
export {
  type BetterAuthFormatOptions,
  betterAuthFormat,
  type KeypalFormatOptions,
  keypalFormat,
  type SanctumFormatOptions,
  type Sha256FormatOptions,
  sanctumFormat,
  sha256Format,
  type UnkeyFormatOptions,
  unkeyFormat,
} from './formats/foreign-formats.ts'
export type { PrincipalChange, PrincipalInput } from './lifecycle/change-principal.ts'
export type { CreateInput } from './lifecycle/create.ts'
export type { Actor } from './lifecycle/delegation.ts'
export type { ErasedPrincipal, EraseInput } from './lifecycle/erasure.ts'
export type { ImportInput } from './lifecycle/import.ts'
export type { Expiry, LifetimePolicy, TokenStatus } from './lifecycle/lifetime.ts'
export type { Notice, NoticesInput } from './lifecycle/notices.ts'
export type { RegenerateInput } from './lifecycle/regenerate.ts'
export type { RevokeInput } from './lifecycle/revoke.ts'
export type { RotateInput } from './lifecycle/rotate.ts'
export type { UpdateInput } from './lifecycle/update.ts'
export type { ListInput, PolicyTrial, PrincipalListInput } from './listing/list-query.ts'
export type { ScopeUsage } from './listing/scope-usage.ts'
export type { TokenView } from './listing/token-view.ts'
export { createTokenService } from './service.ts'
export type { TokenPolicy, TokenServiceOptions } from './service-options.ts'
export { memoryStore } from './stores/memory-store.ts'
export type {
  ListSort,
  ListStatus,
  Owner,
  Principal,
  SecretView,
  StoredRecord,
  Token,
  TokenStore,
  TransactionOf,
} from './stores/token-store.ts'
export { TokenError, type TokenErrorCode } from './token-error.ts'
export type {
  CheckedImport,
  Imported,
  Issued,
  NewPrincipal,
  PrincipalPage,
  ScopeChoice,
  ScopeOffer,
  TokenPage,
  TokenService,
  TransactionTokens,
} from './token-service.ts'
export type { TokenVerifierOptions } from './verifying/verifier-options.ts'
