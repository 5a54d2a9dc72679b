export type { AuditFilterInput } from './audit-input.ts'
export { type AuditListInput, type AuditLog, type AuditPage, createAuditLog, type PruneInput } from './audit-log.ts'
export type {
  AuditFilter,
  AuditQuery,
  AuditScope,
  AuditStore,
  EventPlace,
  LoggedEvent,
  LogPart,
} from './audit-store.ts'
export type { ChangeEvent, ChangeVerb } from './change-event.ts'
export type { PrincipalChange, PrincipalInput } from './change-principal.ts'
export { checkedStore } from './checked-store.ts'
export type { CreateInput } from './create.ts'
export type { Actor } from './delegation.ts'
export { concerns, type ErasedPrincipal, type EraseInput, otherOf } from './erasure.ts'
export { foldedText, searchText } from './folded-text.ts'
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
} from './foreign-formats.ts'
export { endsAnswers } from './idempotency.ts'
export type { ImportInput } from './import.ts'
export { isId, refuseUnknownMembers } from './input.ts'
export { parseInstant } from './instant.ts'
export {
  type Expiry,
  type LifetimePolicy,
  lifeEnd,
  lifeRules,
  recordUnder,
  statusOf,
  type TokenStatus,
} from './lifetime.ts'
export { NEVER_USED, NO_END } from './list-cursor.ts'
export type { ListInput, PrincipalListInput } from './list-query.ts'
export { memoryStore } from './memory-store.ts'
export { dueNotice, type Notice, type NoticesInput } from './notices.ts'
export { DEFAULT_PAGE, LARGEST_PAGE } from './page-size.ts'
export { isBlank, textPattern, UNPRINTABLE_IN_TEXT } from './printable.ts'
export type { RegenerateInput } from './regenerate.ts'
export type { RotateInput } from './rotate.ts'
export {
  type CheckedImport,
  createTokenService,
  type Imported,
  type Issued,
  type NewPrincipal,
  type PrincipalPage,
  type ScopeChoice,
  type ScopeOffer,
  type TokenPage,
  type TokenService,
  type TransactionTokens,
} from './service.ts'
export type { TokenPolicy, TokenServiceOptions } from './service-options.ts'
export type {
  Change,
  DueNotice,
  ErasedToken,
  Erasure,
  IdempotentAnswer,
  LifeRules,
  Limit,
  ListQuery,
  ListSort,
  ListStatus,
  NewSecret,
  NoticeKey,
  NoticeQuery,
  Owner,
  Principal,
  Removed,
  SortPlace,
  StoredPage,
  StoredRecord,
  Token,
  TokenStore,
  TransactionOf,
  TransactionStore,
  Use,
  UseBatch,
} from './store.ts'
export { type StoreContractCase, storeContract } from './store-contract.ts'
export { TokenError, type TokenErrorCode } from './token-error.ts'
export { type TokenView, viewOf } from './token-view.ts'
export type { UpdateInput } from './update.ts'
export type { TokenVerifierOptions } from './verifier-source.ts'
