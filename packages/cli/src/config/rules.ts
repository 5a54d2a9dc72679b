import { covers, defineScopes, explainClientAddress } from '@patkit/core'
import type { ForwardedHeader, ScopeCatalog, ScopeOptions } from '@patkit/core/adapter'
import type { TokenPolicy } from '@patkit/tokens'
import { type LifeRules, lifeRules } from '@patkit/tokens/store'
import { usageError } from '../errors.ts'
import type { ConfigFile } from './config-file.ts'

/** What an API says of its tokens beside their format: the same as its service and its verifiers are given. */
export interface Rules extends Proxies {
  readonly catalog: ScopeCatalog<string> | null
  readonly scopeOptions: Required<ScopeOptions>
  readonly policy: TokenPolicy
  readonly life: LifeRules
}

interface Proxies {
  readonly trustedProxies: readonly string[]
  readonly forwardedHeader: ForwardedHeader
}

/** @throws CliError naming the file and the fault in it */
export function readRules({ name, rules }: ConfigFile): Rules {
  const { scopes, wildcards = false, implies = {}, policy = {}, trustedProxies = [], forwardedHeader } = rules
  const checked = <T>(work: () => T): T => inFile(name, work)
  const scopeOptions = { wildcards, implies } as Required<ScopeOptions>
  checked(() => covers([], [], scopeOptions))
  const catalog = scopes === undefined ? null : checked(() => defineScopes(object<string>('scopes', scopes)))
  const proxies = { trustedProxies, forwardedHeader: forwardedHeader ?? 'x-forwarded-for' } as Proxies
  checked(() => explainClientAddress({}, null, proxies))
  const tokenPolicy = checked(() => object<number>('policy', policy)) as TokenPolicy
  return {
    catalog,
    scopeOptions,
    policy: tokenPolicy,
    life: lifeRules(tokenPolicy),
    ...proxies,
  }
}

/**
 * The owners of the rules check them, and throw a `TypeError` that names the fault.
 *
 * @throws CliError naming the file, too
 */
export function inFile<T>(name: string | null, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof TypeError && name !== null) throw usageError(name, `is wrong: ${error.message}`)
    throw error
  }
}

function object<V>(member: string, value: unknown): Readonly<Record<string, V>> {
  if (Object.prototype.toString.call(value) === '[object Object]') return value as Record<string, V>
  throw new TypeError(`"${member}" must be an object`)
}
