import type { Client } from '../api/client.ts'
import type { ScopeOffer } from '../api/models.ts'
import { useConsole } from '../console.ts'
import { type Loaded, useLoaded } from '../loaded.ts'
import { type OwnerId, ownerPath } from '../route.ts'
import { MOST_AT_ONCE } from './entity-scope.ts'

/** Whether the caller may give each of the scopes to a token of the owner. */
export function useGrantable(owner: OwnerId, names: readonly string[]): Loaded<ReadonlyMap<string, boolean>> {
  const { client } = useConsole()
  return useLoaded((signal) => readGrantable(client, ownerPath(owner), names, signal), [owner, names.join(' ')])
}

async function readGrantable(
  client: Client,
  path: string,
  names: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, boolean>> {
  const known = new Map<string, boolean>()
  for (let at = 0; at < names.length; at += MOST_AT_ONCE) {
    const query = { names: names.slice(at, at + MOST_AT_ONCE).join(' ') }
    const { items } = await client.get<{ readonly items: readonly ScopeOffer[] }>(`${path}/scopes`, query, signal)
    for (const { name, grantable } of items) known.set(name, grantable)
  }
  return known
}
