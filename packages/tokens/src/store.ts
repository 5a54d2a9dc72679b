/** For authors of stores, and for programs that read a store without a service. */
export type {
  AuditFilter,
  AuditQuery,
  AuditScope,
  AuditStore,
  EventPlace,
  LoggedEvent,
  LogPart,
} from './audit/audit-store.ts'
export type { ChangeAction, ChangeEvent } from './audit/change-event.ts'
export { concerns, otherOf } from './audit/erased-event.ts'
export { isId, refuseUnknownMembers } from './input/fields.ts'
export { parseInstant } from './input/instant.ts'
export { isBlank, textPattern, UNPRINTABLE_IN_TEXT } from './input/printable.ts'
export { endsAnswers } from './lifecycle/idempotency.ts'
export { lifeEnd, lifeRules, recordUnder, statusOf, type TokenStatus } from './lifecycle/lifetime.ts'
export { dueNotice } from './lifecycle/notices.ts'
export { foldedText, searchText } from './listing/folded-text.ts'
export { NEVER_USED, NO_END } from './listing/list-cursor.ts'
export { DEFAULT_PAGE, LARGEST_PAGE } from './listing/page-size.ts'
export { type TokenView, viewOf } from './listing/token-view.ts'
export { checkedStore } from './stores/checked-store.ts'
export { withScopeUses } from './stores/scope-uses.ts'
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
  ScopeUse,
  ScopeUses,
  SecretUse,
  SecretView,
  SortPlace,
  StoredPage,
  StoredRecord,
  Token,
  TokenInsertion,
  TokenStore,
  TokenUpdate,
  TransactionOf,
  TransactionStore,
  Use,
  UseBatch,
} from './stores/token-store.ts'
