import { type AuditSink, covers, type InvalidationChannel, inProcessChannel, type TokenFormat } from '@patkit/core'
import {
  type Awaitable,
  createStamps,
  type MintingFormat,
  type ScopeCatalog,
  type ScopeOptions,
  widestScopes,
} from '@patkit/core/adapter'
import { type LifetimePolicy, lifeRules } from './lifetime.ts'
import type { LifeRules, TokenStore } from './store.ts'

/** What tokens of this service may be. */
export interface TokenPolicy extends LifetimePolicy {
  /** How many live tokens a principal may have. Default no limit. */
  readonly maximumTokensPerPrincipal?: number
  /** How long a rotation may keep the secret before alive. Default 7 days. */
  readonly maximumOverlapSeconds?: number
}

export interface TokenServiceOptions<S extends TokenStore = TokenStore> extends ScopeOptions {
  readonly store: S
  /** What is minted, or a list: the first mints, all are accepted. */
  readonly format: MintingFormat | readonly [MintingFormat, ...TokenFormat[]]
  /** The scopes that exist. Left out, any scope name can be given, as APIs with ids in their scopes need. */
  readonly scopes?: ScopeCatalog<string>
  /**
   * Whether a token is kept free of scopes that a wildcard of its own covers: one that covers others takes their place,
   * and adding a covered one is refused. Default `false`.
   */
  readonly widestScopesOnly?: boolean
  readonly policy?: TokenPolicy
  /** Tells verifiers of changes. Default: those built from this service's `verifierOptions`. */
  readonly channel?: InvalidationChannel
  /** Sinks other than the store that are told of erasures, where they have `erase`. Default none. */
  readonly sinks?: readonly AuditSink[]
  /** The ids of new tokens; asked again for one that is taken. Default UUIDv7. */
  readonly ids?: () => Awaitable<string>
  /** How long uses are gathered before they are written. Default 10. */
  readonly useFlushSeconds?: number
  /** Hears what fails behind a request: a write of uses, a publication. Default: a warning of the process. */
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
const WEEK_SECONDS = 604_800
const CENTURY_SECONDS = 3_155_760_000

export type PolicySettings = TokenPolicy & { readonly maximumOverlapSeconds: number }

function policySettings(policy: TokenPolicy): PolicySettings {
  const { maximumOverlapSeconds = WEEK_SECONDS, lifetimeRequired = false, ...rest } = policy
  const known: readonly string[] = AMOUNTS
  for (const [name, value] of Object.entries(rest)) {
    if (!known.includes(name)) throw wrong(`policy.${name}`, 'is not an option')
    if (value !== undefined) whole(`policy.${name}`, value, 1)
  }
  if (typeof lifetimeRequired !== 'boolean') throw wrong('policy.lifetimeRequired', 'must be true or false')
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
  /** What a token is to hold of the scopes it is given. */
  readonly kept: (scopes: readonly string[]) => readonly string[]
  readonly policy: PolicySettings
  readonly life: LifeRules
  readonly channel: InvalidationChannel
  readonly sinks: readonly AuditSink[]
  readonly newId: () => Awaitable<string>
  readonly useFlushMs: number
  readonly failed: (cause: unknown) => void
  readonly clock: () => number
  /** Whether what others have overtaken is done again. */
  readonly retries: boolean
}

/** @throws TypeError naming the option that is wrong, unknown ones included */
export function serviceSettings(options: TokenServiceOptions): ServiceSettings {
  checkOptions(options)
  const { store, format, clock = Date.now, scopes: catalog, wildcards = false, implies = {} } = options
  const policy = policySettings(options.policy ?? {})
  const stamp = createStamps()
  const scopeRules = { wildcards, implies }
  covers([], [], scopeRules)
  return {
    store,
    formats: [format].flat() as [MintingFormat, ...TokenFormat[]],
    catalog,
    scopeRules,
    kept: options.widestScopesOnly ? (scopes) => widestScopes(scopes, scopeRules) : (scopes) => scopes,
    policy,
    life: lifeRules(policy),
    channel: options.channel ?? inProcessChannel(),
    sinks: options.sinks ?? [],
    newId: options.ids ?? (() => stamp(clock()).id),
    useFlushMs: (options.useFlushSeconds ?? 10) * 1_000,
    failed: options.onError ?? ((cause) => process.emitWarning(cause as Error)),
    clock,
    retries: true,
  }
}

function checkOptions(options: TokenServiceOptions): void {
  const { store, format, scopes, policy: _, channel, ids, useFlushSeconds, onError, clock, ...rest } = options
  const { wildcards: __, implies: ___, widestScopesOnly, sinks, ...unknown } = rest
  const [name] = Object.keys(unknown)
  if (name !== undefined) throw wrong(name, 'is not an option')
  if (typeof store?.resolveMany !== 'function') throw wrong('store', 'must be a token store')
  const [minting] = [format].flat()
  if (typeof (minting as MintingFormat | undefined)?.mint !== 'function')
    throw wrong('format', 'must mint, or its first')
  if (scopes !== undefined && !Array.isArray(scopes.names)) throw wrong('scopes', 'must be made by defineScopes')
  if (channel !== undefined && typeof channel?.publish !== 'function') throw wrong('channel', 'must have publish')
  if (sinks !== undefined && !(Array.isArray(sinks) && sinks.every((sink) => typeof sink?.write === 'function'))) {
    throw wrong('sinks', 'must be an array of audit sinks')
  }
  if (useFlushSeconds !== undefined) whole('useFlushSeconds', useFlushSeconds, 1)
  if (widestScopesOnly !== undefined && typeof widestScopesOnly !== 'boolean') {
    throw wrong('widestScopesOnly', 'must be true or false')
  }
  for (const [option, value] of Object.entries({ ids, onError, clock })) {
    if (value !== undefined && typeof value !== 'function') throw wrong(option, 'must be a function')
  }
}

function ordered(policy: LifetimePolicy, less: keyof LifetimePolicy, more: keyof LifetimePolicy): void {
  if (Number(policy[less] ?? 0) > Number(policy[more] ?? Number.POSITIVE_INFINITY)) {
    throw wrong(`policy.${less}`, `must not be more than ${more}`)
  }
}

function whole(name: string, value: unknown, least: number): void {
  if (!Number.isSafeInteger(value) || Number(value) < least || Number(value) > CENTURY_SECONDS) {
    throw wrong(name, `must be a whole number, ${least} or more`)
  }
}

function wrong(name: string, problem: string): TypeError {
  return new TypeError(`patkit option "${name}" ${problem}`)
}
