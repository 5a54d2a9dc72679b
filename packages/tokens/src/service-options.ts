import { type AuditSink, covers, type InvalidationChannel, inProcessChannel, type TokenFormat } from '@patkit/core'
import {
  type Awaitable,
  createStamps,
  type MintingFormat,
  refuseUnknownOptions,
  type ScopeCatalog,
  type ScopeOptions,
  widestScopes,
  wrongOption,
} from '@patkit/core/adapter'
import { type LifetimePolicy, lifeRules } from './lifecycle/lifetime.ts'
import type { LifeRules, TokenStore } from './stores/token-store.ts'

/** Rules for the tokens of this service. */
export interface TokenPolicy extends LifetimePolicy {
  /** How many live tokens a principal may have. Default no limit. */
  readonly maximumTokensPerPrincipal?: number
  /** How long a rotation may keep the previous secret alive. Default 7 days. */
  readonly maximumOverlapSeconds?: number
}

export interface TokenServiceOptions<S extends TokenStore = TokenStore> extends ScopeOptions {
  readonly store: S
  /** The format of new tokens, or a list: the first mints, all are accepted. */
  readonly format: MintingFormat | readonly [MintingFormat, ...TokenFormat[]]
  /** The scopes that exist. Left out, any scope name can be given, as APIs with ids in their scopes need. */
  readonly scopes?: ScopeCatalog<string>
  /**
   * Whether scopes that a wildcard of the same token covers are dropped: a wildcard replaces the scopes that it covers,
   * and adding a covered scope is refused. Default `false`.
   */
  readonly widestScopesOnly?: boolean
  readonly policy?: TokenPolicy
  /** Sends changes to verifiers. Default: those built from this service's `verifierOptions`. */
  readonly channel?: InvalidationChannel
  /** Further sinks. Erasures call their `erase`, where they have it. Default none. */
  readonly sinks?: readonly AuditSink[]
  /** Draws the ids of new tokens; called again when an id is taken. Default UUIDv7. */
  readonly ids?: () => Awaitable<string>
  /** How long uses are gathered before they are written. Default 10. */
  readonly useFlushSeconds?: number
  /**
   * Whether guards note which scopes of a token are used, for `scopeUses`: written with the last uses, never awaited.
   * Set it alike in all programs. Default `false`: guards do nothing for it.
   */
  readonly recordScopeUses?: boolean
  /** Called with errors in the background: a write of uses, a publication. Default: a process warning. */
  readonly onError?: (cause: unknown) => void
  /** The time, in epoch milliseconds. Default `Date.now`. */
  readonly clock?: () => number
}

/** Of the policy: whole numbers, 1 or more. */
const AMOUNTS = [
  'defaultLifetimeSeconds',
  'minimumLifetimeSeconds',
  'maximumLifetimeSeconds',
  'idleSeconds',
  'maximumTokensPerPrincipal',
] as const
const isAmount = (name: string): boolean => (AMOUNTS as readonly string[]).includes(name)
const WEEK_SECONDS = 604_800
const CENTURY_SECONDS = 3_155_760_000

/** A policy with its defaults. */
export type PolicySettings = TokenPolicy & { readonly maximumOverlapSeconds: number }

function policySettings(policy: TokenPolicy): PolicySettings {
  const { maximumOverlapSeconds = WEEK_SECONDS, lifetimeRequired = false, ...rest } = policy
  refuseUnknownOptions(Object.fromEntries(Object.entries(rest).filter(([name]) => !isAmount(name))), 'policy.')
  for (const [name, value] of Object.entries(rest)) if (value !== undefined) whole(`policy.${name}`, value, 1)
  if (typeof lifetimeRequired !== 'boolean') throw wrongOption('policy.lifetimeRequired', 'must be true or false')
  whole('policy.maximumOverlapSeconds', maximumOverlapSeconds, 0)
  ordered(rest, 'minimumLifetimeSeconds', 'maximumLifetimeSeconds')
  ordered(rest, 'minimumLifetimeSeconds', 'defaultLifetimeSeconds')
  ordered(rest, 'defaultLifetimeSeconds', 'maximumLifetimeSeconds')
  return Object.freeze({ ...rest, lifetimeRequired, maximumOverlapSeconds })
}

/** Options with their defaults, checked. */
export interface ServiceSettings {
  readonly store: TokenStore
  readonly formats: readonly [MintingFormat, ...TokenFormat[]]
  readonly catalog: ScopeCatalog<string> | undefined
  readonly scopeRules: Required<ScopeOptions>
  /** The scopes that a token holds when it is given these. */
  readonly normalizeScopes: (scopes: readonly string[]) => readonly string[]
  readonly policy: PolicySettings
  readonly life: LifeRules
  readonly channel: InvalidationChannel
  /** Sends the invalidation of a committed change. */
  readonly announce: InvalidationChannel['publish']
  readonly sinks: readonly AuditSink[]
  readonly newId: () => Awaitable<string>
  /** Whether ids are drawn by the service, which draws none twice. */
  readonly drawsIds: boolean
  readonly useFlushMs: number
  readonly recordScopeUses: boolean
  readonly failed: (cause: unknown) => void
  readonly clock: () => number
  /** Whether a change that lost a race is tried again. */
  readonly retries: boolean
}

/** @throws TypeError naming the option that is wrong, unknown ones included */
export function serviceSettings(options: TokenServiceOptions): ServiceSettings {
  checkOptions(options)
  const { store, format, clock = Date.now, scopes: catalog, wildcards = false, implies = {} } = options
  const policy = policySettings(options.policy ?? {})
  const stamp = createStamps()
  const channel = options.channel ?? inProcessChannel()
  const scopeRules = { wildcards, implies }
  covers([], [], scopeRules)
  return {
    store,
    formats: [format].flat() as [MintingFormat, ...TokenFormat[]],
    catalog,
    scopeRules,
    normalizeScopes: options.widestScopesOnly ? (scopes) => widestScopes(scopes, scopeRules) : (scopes) => scopes,
    policy,
    life: lifeRules(policy),
    channel,
    announce: announcer(channel, store),
    sinks: options.sinks ?? [],
    drawsIds: options.ids === undefined,
    newId: options.ids ?? (() => stamp(clock()).id),
    useFlushMs: (options.useFlushSeconds ?? 10) * 1_000,
    recordScopeUses: options.recordScopeUses ?? false,
    failed: options.onError ?? ((cause) => process.emitWarning(cause as Error)),
    clock,
    retries: true,
  }
}

/** A store that announces has sent the message in the transaction: the verifiers of this process remain. */
function announcer(channel: InvalidationChannel, { announces = false }: TokenStore): InvalidationChannel['publish'] {
  if (announces && channel.deliver !== undefined) return async (what) => channel.deliver?.(what)
  return (what) => channel.publish(what)
}

function checkOptions(options: TokenServiceOptions): void {
  const { store, format, scopes, policy: _, channel, ids, useFlushSeconds, onError, clock, ...rest } = options
  const { wildcards: __, implies: ___, widestScopesOnly, recordScopeUses, sinks, ...unknown } = rest
  refuseUnknownOptions(unknown)
  if (typeof store?.resolveMany !== 'function') throw wrongOption('store', 'must be a token store')
  const [minting] = [format].flat()
  if (typeof (minting as MintingFormat | undefined)?.mint !== 'function')
    throw wrongOption('format', 'must be a minting format, or a list that begins with one')
  if (scopes !== undefined && !Array.isArray(scopes.names)) throw wrongOption('scopes', 'must be made by defineScopes')
  if (channel !== undefined && typeof channel?.publish !== 'function') throw wrongOption('channel', 'must have publish')
  if (sinks !== undefined && !(Array.isArray(sinks) && sinks.every((sink) => typeof sink?.write === 'function'))) {
    throw wrongOption('sinks', 'must be an array of audit sinks')
  }
  if (useFlushSeconds !== undefined) whole('useFlushSeconds', useFlushSeconds, 1)
  for (const [option, value] of Object.entries({ widestScopesOnly, recordScopeUses })) {
    if (value !== undefined && typeof value !== 'boolean') throw wrongOption(option, 'must be true or false')
  }
  for (const [option, value] of Object.entries({ ids, onError, clock })) {
    if (value !== undefined && typeof value !== 'function') throw wrongOption(option, 'must be a function')
  }
}

function ordered(policy: LifetimePolicy, less: keyof LifetimePolicy, more: keyof LifetimePolicy): void {
  if (Number(policy[less] ?? 0) > Number(policy[more] ?? Number.POSITIVE_INFINITY)) {
    throw wrongOption(`policy.${less}`, `must not be more than ${more}`)
  }
}

function whole(name: string, value: unknown, least: number): void {
  if (!Number.isSafeInteger(value) || Number(value) < least || Number(value) > CENTURY_SECONDS) {
    throw wrongOption(name, `must be a whole number, ${least} or more`)
  }
}
