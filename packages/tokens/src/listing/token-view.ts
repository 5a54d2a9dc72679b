import { lifeEnd, statusOf, type TokenStatus } from '../lifecycle/lifetime.ts'
import type { LifeRules, Token } from '../stores/token-store.ts'

/** A token as the service shows it at that moment. */
export interface TokenView extends Token {
  readonly status: TokenStatus
  /**
   * The effective end: the earliest of `expiresAt` and the ends by the policy's lifetimes; `null` for none. With
   * `idleSeconds` in the policy it moves with each use.
   */
  readonly endsAt: Date | null
}

/** A token as it is at an instant. */
export function viewOf(token: Token, life: LifeRules, now: Date): TokenView {
  return { ...token, status: statusOf(token, life, now), endsAt: lifeEnd(token, life) }
}
