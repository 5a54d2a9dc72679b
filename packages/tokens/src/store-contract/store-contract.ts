import type { TokenStore } from '../stores/token-store.ts'
import { AUDIT_CASES } from './audit-cases.ts'
import { CHANGE_CASES } from './change-cases.ts'
import { ERASURE_CASES } from './erasure-cases.ts'
import { createHarness } from './harness.ts'
import { IDEMPOTENCY_CASES } from './idempotency-cases.ts'
import { LIMIT_CASES } from './limit-cases.ts'
import { LIST_CASES } from './list-cases.ts'
import { NOTICE_CASES } from './notice-cases.ts'
import { PRINCIPAL_CASES } from './principal-cases.ts'
import { TOKEN_CASES } from './token-cases.ts'
import { USE_CASES } from './use-cases.ts'

/** One thing that every store does. `run` takes an empty store, or one whose other rows belong to other organizations. */
export interface StoreContractCase {
  readonly name: string
  run(store: TokenStore): Promise<void>
}

const CASES = [
  ...TOKEN_CASES,
  ...LIMIT_CASES,
  ...CHANGE_CASES,
  ...USE_CASES,
  ...LIST_CASES,
  ...IDEMPOTENCY_CASES,
  ...PRINCIPAL_CASES,
  ...NOTICE_CASES,
  ...AUDIT_CASES,
  ...ERASURE_CASES,
]

/**
 * The contract of token stores, for any test runner. A case fails with an `AssertionError`.
 *
 * @example
 * ```ts
 * import test from 'node:test'
 * import { memoryStore } from '@patkit/tokens'
 * import { storeContract } from '@patkit/tokens/testing'
 *
 * for (const { name, run } of storeContract()) test(name, () => run(memoryStore()))
 * ```
 */
export function storeContract(): readonly StoreContractCase[] {
  return CASES.map(({ name, check }) => ({
    name,
    run: async (store) => check(await createHarness(store)),
  }))
}
