import type { MintedToken } from '@patkit/core/adapter'
import type { ChangeAction } from '../audit/change-event.ts'
import type { TokenView } from '../listing/token-view.ts'
import type { ServiceContext } from '../service-context.ts'
import type { Change, IdempotentAnswer, Owner, Token } from '../stores/token-store.ts'
import { limitReached, TokenError, tokenNotFound } from '../token-error.ts'
import type { Issued } from '../token-service.ts'
import type { Actor } from './delegation.ts'
import type { RepeatableRequest, Replays } from './replays.ts'
import type { Requirements } from './requirements.ts'

/** A change that is asked for, before the token is read. */
export interface ChangeRequest {
  readonly actor: Actor
  readonly owner: Owner
  readonly id: string
  readonly action: ChangeAction
  /** Default none. */
  readonly reason?: string | null
}

/** A request for a new secret. */
export interface SecretRequest extends ChangeRequest {
  readonly repeatable: RepeatableRequest | null
  /** Whether the change makes a dead token live again, which counts again then. */
  readonly revives: boolean
}

/** Decides on the token as it is; called again where another change was faster. `null` changes nothing. */
type Decide<D> = (token: Token, now: Date) => Promise<D>

export interface ChangeLoop {
  changeToken(request: ChangeRequest, decide: Decide<Change | null>): Promise<TokenView>
  issueSecret(
    request: SecretRequest,
    decide: Decide<{ readonly change: Change; readonly secret: MintedToken }>,
  ): Promise<Issued>
}

const MOST_ATTEMPTS = 50

/** Reads a token, decides, and writes where its version is still the one that was read: else once more. */
export function createChangeLoop(context: ServiceContext, requirements: Requirements, replays: Replays): ChangeLoop {
  const { store, retries, view } = context

  /** @returns the token after the change; `null` where another change was faster */
  async function write(
    { actor, owner, id, action, reason = null }: ChangeRequest,
    { version }: Token,
    change: Change,
    { revives, answer, now }: { revives: boolean; answer: IdempotentAnswer | null; now: Date },
  ): Promise<Token | null> {
    const event = context.changeEvent({
      action,
      actorId: actor.id,
      owner,
      tokenId: id,
      fields: Object.keys(change.set),
      reason,
    })
    const limit = revives ? context.limitAt(now) : null
    const changed = await store.updateIfVersion(owner, id, { version, change, limit, event, answer })
    if (changed === 'conflict') return null
    if (changed === 'missing') throw tokenNotFound()
    if (changed === 'limit') throw limitReached()
    await context.invalidateToken(id, changed.version)
    return changed
  }

  async function untilWritten<T>(attempt: () => Promise<T | null>): Promise<T> {
    for (let attempts = 0; attempts < (retries ? MOST_ATTEMPTS : 1); attempts++) {
      const outcome = await attempt()
      if (outcome !== null) return outcome
    }
    throw new TokenError('ERR_PAT_TOKEN_CONFLICT', 'the token is being changed too often: try again')
  }

  return {
    async changeToken(request, decide) {
      const changed = await untilWritten(async () => {
        const now = context.now()
        const token = await requirements.requireToken(request.owner, request.id)
        const change = await decide(token, now)
        return change === null ? token : write(request, token, change, { revives: false, answer: null, now })
      })
      return view(changed)
    },
    issueSecret: (request, decide) =>
      untilWritten(async () => {
        const earlier = await replays.find(request.repeatable)
        if (earlier !== null) return earlier
        const now = context.now()
        const token = await requirements.requireToken(request.owner, request.id)
        const { change, secret } = await decide(token, now)
        const answer = replays.answerOf(request.repeatable, secret, request.id)
        const changed = await write(request, token, change, { revives: request.revives, answer, now })
        return changed === null ? null : { token: view(changed), secret, replayed: false }
      }),
  }
}
