import { createAuditLog } from './audit/audit-log.ts'
import { checkedVerbs } from './input/checked-verbs.ts'
import { createAdoption } from './lifecycle/adoption.ts'
import { createChangeLoop } from './lifecycle/change-loop.ts'
import { createEdits } from './lifecycle/edits.ts'
import { createEndings } from './lifecycle/endings.ts'
import { createErasure } from './lifecycle/erasure.ts'
import { createImporting } from './lifecycle/importing.ts'
import { createIssuance } from './lifecycle/issuance.ts'
import { createNotices } from './lifecycle/notices.ts'
import { createPrincipals } from './lifecycle/principals.ts'
import { createReplays } from './lifecycle/replays.ts'
import { createRequirements } from './lifecycle/requirements.ts'
import { createSecrets } from './lifecycle/secrets.ts'
import { createTransactionTokens } from './lifecycle/transaction.ts'
import { createPages } from './listing/pages.ts'
import { scopeUsage } from './listing/scope-usage.ts'
import { createContext, type ServiceContext } from './service-context.ts'
import { type ServiceSettings, serviceSettings, type TokenServiceOptions } from './service-options.ts'
import type { TokenStore, TransactionOf } from './stores/token-store.ts'
import type { TokenService } from './token-service.ts'
import { createBackgroundTasks } from './verifying/background-tasks.ts'
import { grantedUses, type RequiredScopes } from './verifying/scope-uses.ts'
import { createUsageBuffer } from './verifying/usage-buffer.ts'
import { createVerifierOptions } from './verifying/verifier-options.ts'

/** Secrets that are shown: the present one, those of rotations, and earlier ones. */
const MOST_SECRETS = 10

/**
 * Makes the service. Does no I/O and starts no timer.
 *
 * @example
 * ```ts
 * import { defineScopes, tokenFormat } from '@patkit/core'
 * import { createTokenService, memoryStore } from '@patkit/tokens'
 *
 * const tokens = createTokenService({
 *   store: memoryStore(),
 *   format: tokenFormat({ prefix: 'acme_pat' }),
 *   scopes: defineScopes({ 'drive:read': 'Read files' }),
 *   policy: { defaultLifetimeSeconds: 90 * 86_400 },
 * })
 * const ada = { organizationId: 'acme', principalId: 'ada' }
 * const actor = { id: 'ada', scopes: null }
 * await tokens.putPrincipal(actor, { ...ada, kind: 'user' })
 * const { secret } = await tokens.create(actor, ada, { name: 'laptop', scopes: ['drive:read'] })
 * console.log(secret.reveal())
 * ```
 *
 * @throws TypeError naming the option that is wrong
 */
export function createTokenService<S extends TokenStore>(
  options: TokenServiceOptions<S>,
): TokenService<TransactionOf<S>> {
  return serviceOf(serviceSettings(options)) as TokenService<TransactionOf<S>>
}

function serviceOf(settings: ServiceSettings): TokenService {
  const { store, clock, life } = settings
  const context = createContext(settings)
  const requirements = createRequirements(context)
  const replays = createReplays(context, requirements)
  const changes = createChangeLoop(context, requirements, replays)
  const principals = createPrincipals(context, requirements)

  return checkedVerbs({
    in: (transaction: never) => createTransactionTokens(settings, transaction, serviceOf),
    ...createIssuance(context, requirements, replays, principals),
    ...createImporting(context, requirements),
    ...createEdits(context, requirements, changes),
    ...createSecrets(context, requirements, replays, changes),
    ...createEndings(context, changes),
    ...principals,
    ...createErasure(context),
    ...createNotices(store, life, clock, context.view),
    ...createPages(context),
    get: async (owner, id) => context.view(await requirements.requireToken(owner, id)),
    async listSecrets(owner, id) {
      const { id: found } = await requirements.requireToken(owner, id)
      return store.listSecrets(owner, found, MOST_SECRETS)
    },
    async scopeUses(owner, id) {
      const token = await requirements.requireToken(owner, id)
      return scopeUsage(token, await store.findScopeUses(owner, token.id))
    },
    history: (owner, id) => store.history(owner, id),
    audit: createAuditLog(store.audit),
    policy: settings.policy,
    prune: () => store.prune(context.now()),
    ...createVerifying(context),
  } satisfies TokenService)
}

function createVerifying(
  context: ServiceContext,
): Pick<TokenService, 'verifierOptions' | 'flush' | 'close' | typeof Symbol.asyncDispose> {
  const { store, failed, useFlushMs, recordScopeUses, scopeRules } = context
  const tasks = createBackgroundTasks(failed)
  const scopesOf = (required: RequiredScopes | null) => {
    if (!recordScopeUses) return null
    return required === null ? [] : grantedUses(required, scopeRules)
  }
  const usage = createUsageBuffer((uses, batch) => store.touch(uses, batch), useFlushMs, failed, scopesOf)

  async function close(): Promise<void> {
    await Promise.all([usage.close(), tasks.settled()])
  }

  return {
    verifierOptions: createVerifierOptions({ ...context, ...createAdoption(context), usage, tasks }),
    async flush() {
      await Promise.all([usage.flush(), tasks.settled()])
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}
