import type { MintedToken } from '@patkit/core/adapter'
import type { ServiceContext } from '../service-context.ts'
import type { Owner, Token } from '../stores/token-store.ts'
import type { TokenService } from '../token-service.ts'
import type { ChangeLoop } from './change-loop.ts'
import type { Actor } from './delegation.ts'
import { newLife, regenerate } from './regenerate.ts'
import type { Replays } from './replays.ts'
import type { Requirements } from './requirements.ts'
import { rotate } from './rotate.ts'

/** Gives a token a new secret. */
export function createSecrets(
  { policy, formats }: ServiceContext,
  { requireScopesOf }: Requirements,
  replays: Replays,
  { issueSecret }: Pick<ChangeLoop, 'issueSecret'>,
): Pick<TokenService, 'rotate' | 'regenerate'> {
  async function secretFor(actor: Actor, owner: Owner, token: Token): Promise<MintedToken> {
    await requireScopesOf(actor, owner, token)
    return formats[0].mint(token)
  }

  return {
    async rotate(actor, owner, id, input = {}) {
      const { idempotencyKey, presentedDigest = null, ...rest } = input
      const facts = { idempotencyKey, request: { verb: 'rotate', id, ...rest }, presentedDigest }
      const repeatable = replays.repeatable(actor, owner, facts)
      const request = { actor, owner, id, action: 'rotate', repeatable, revives: false } as const
      return issueSecret(request, async (token, now) => {
        if (presentedDigest !== null) await replays.requireNewest(presentedDigest)
        const secret = await secretFor(actor, owner, token)
        return { change: rotate(token, input, secret, { policy, now }), secret }
      })
    },
    async regenerate(actor, owner, id, input = {}) {
      const { idempotencyKey, ...rest } = input
      const facts = { idempotencyKey, request: { verb: 'regenerate', id, ...rest } }
      const repeatable = replays.repeatable(actor, owner, facts)
      const request = { actor, owner, id, action: 'regenerate', repeatable, revives: true } as const
      return issueSecret(request, async (token, now) => {
        const life = newLife(token, input, policy, now)
        const secret = await secretFor(actor, owner, { ...token, ...life })
        return { change: regenerate(life, secret, now), secret }
      })
    },
  }
}
