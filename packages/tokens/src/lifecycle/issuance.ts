import { validId, validScopes } from '../input/fields.ts'
import type { ServiceContext } from '../service-context.ts'
import type { Owner, Principal, Token } from '../stores/token-store.ts'
import { limitReached, principalNotFound, TokenError } from '../token-error.ts'
import type { Issued, NewPrincipal, TokenService } from '../token-service.ts'
import { type CreateInput, type NewToken, newToken } from './create.ts'
import { type Actor, requireHeld, withheldScopes } from './delegation.ts'
import { newPrincipal, type PrincipalVerbs } from './principals.ts'
import type { RepeatableRequest, Replays } from './replays.ts'
import type { Requirements } from './requirements.ts'

/** How often an id is drawn for one token: others may have taken it. */
const MOST_IDS = 5

/** Makes tokens. */
export function createIssuance(
  context: ServiceContext,
  requirements: Requirements,
  replays: Replays,
  { ensurePrincipal }: Pick<PrincipalVerbs, 'ensurePrincipal'>,
): Pick<TokenService, 'create' | 'offeredScopes'> {
  const { store, catalog, scopeRules, policy, formats, normalizeScopes, newId, drawsIds, retries } = context
  const { isKnown, requireKnown, requirePrincipal, requireUser } = requirements

  /** The token that the input asks for, where the owner may have it. `future` is an owner that is not stored yet. */
  async function permitted(actor: Actor, owner: Owner, input: CreateInput, future?: Principal): Promise<NewToken> {
    const [id, now] = [validId('id', await newId()), context.now()]
    const version = drawsIds ? 1 : await context.firstVersion(id, now)
    const origin = { id, version, owner, createdBy: actor.id, now }
    const asked = newToken(origin, input, policy)
    const made = { ...asked, scopes: normalizeScopes(asked.scopes) }
    requireKnown(made.scopes)
    const principal = future ?? (await requirePrincipal(owner))
    if (principal.disabledAt !== null) throw new TokenError('ERR_PAT_PRINCIPAL_DISABLED', 'the principal is disabled')
    requireHeld(made.scopes, actor, principal, scopeRules)
    const isOwnUser = made.userId === owner.principalId && principal.kind === 'user'
    if (!isOwnUser) await requireUser(owner.organizationId, made.userId)
    return made
  }

  /** An owner is made for a token that is permitted, and for no other. */
  async function ensureOwner(actor: Actor, owner: Owner, input: CreateInput, made: NewPrincipal): Promise<void> {
    if ((await store.findPrincipal(owner)) !== null) return
    await permitted(actor, owner, input, newPrincipal(owner, made))
    await ensurePrincipal(actor, owner, made)
  }

  async function insert(
    actor: Actor,
    made: NewToken,
    request: RepeatableRequest | null,
  ): Promise<Issued | 'duplicate'> {
    const secret = await formats[0].mint(made)
    const token: Token = { ...made, hint: secret.hint }
    const outcome = await store.insert({
      token,
      secret: { digest: secret.digest, createdAt: made.createdAt, awaitsAdoption: false },
      limit: context.limitAt(made.createdAt),
      answer: replays.answerOf(request, secret, made.id),
      event: context.changeEvent({ action: 'create', actorId: actor.id, owner: made, tokenId: made.id }),
    })
    if (outcome === 'missing') throw principalNotFound()
    if (outcome === 'limit') throw limitReached()
    return outcome === 'duplicate' ? outcome : { token: context.view(token), secret, replayed: false }
  }

  return {
    async create(actor, owner, input, newOwner) {
      const { idempotencyKey, ...rest } = input
      const request = replays.repeatable(actor, owner, { idempotencyKey, request: rest })
      const earlier = await replays.find(request)
      if (earlier !== null) return earlier
      for (let attempt = 0; attempt < (retries ? MOST_IDS : 1); attempt++) {
        if (newOwner != null) await ensureOwner(actor, owner, rest, newOwner)
        const outcome = await insert(actor, await permitted(actor, owner, rest), request)
        if (outcome !== 'duplicate') return outcome
        const replayed = await replays.find(request)
        if (replayed !== null) return replayed
      }
      throw new TokenError('ERR_PAT_TOKEN_CONFLICT', 'a token with this id exists')
    },
    async offeredScopes(actor, owner, newOwner, wanted) {
      const present = await store.findPrincipal(owner)
      const principal = present ?? (newOwner === undefined ? null : newPrincipal(owner, newOwner))
      if (principal === null) throw principalNotFound()
      const names = wanted === undefined ? (catalog?.names ?? []) : validScopes('wanted', wanted)
      const labels = new Map(Object.entries(catalog?.labels ?? {}))
      const withheld = new Set(withheldScopes(names, actor, principal, scopeRules))
      const isGrantable = (name: string) => isKnown(name) && !withheld.has(name)
      return names.map((name) => ({ name, label: labels.get(name) ?? name, isGrantable: isGrantable(name) }))
    },
  }
}
