import { setTimeout as wait } from 'node:timers/promises'
import type { Health } from '@patkit/core/adapter'
import type { Client } from './client.ts'
import type { RunningNode } from './node.ts'

/** What nodes say of themselves while a fault lasts and after it, in milliseconds. */
export interface Noticed {
  /**
   * From the beginning of the fault until the last of the nodes that noticed it reported no connection, or used its cache
   * no more; `null`: none.
   */
  readonly noticedMs: number | null
  /** From the end of the fault until every node reported a connection and used its cache; `null`: not within the time. */
  readonly recoveredMs: number | null
}

export interface Watch {
  begin(): void
  /** Waits until every node has noticed the fault. */
  noticed(): Promise<void>
  end(): void
  /** Waits until every node is well again, for a limited time. */
  finish(): Promise<Noticed>
}

const EVERY_MS = 20
const LONGEST_RECOVERY_MS = 30_000

/** Asks every node for its health again and again. */
export function watchNodes(nodes: readonly RunningNode[], client: Client): Watch {
  let stopped = false
  let [begun, ended] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  const states = nodes.map(() => ({ isWell: true, noticed: null as number | null, changed: 0 }))
  const watching = nodes.map(async ({ url }, index) => {
    const state = states[index] as (typeof states)[number]
    while (!stopped) {
      const isWell = await isCaching(client, url)
      const now = performance.now()
      if (isWell !== state.isWell) Object.assign(state, { isWell, changed: now })
      if (!isWell && now >= begun) state.noticed ??= now
      await wait(EVERY_MS)
    }
  })
  return {
    begin() {
      begun = performance.now()
    },
    async noticed() {
      while (states.some((state) => state.noticed === null)) await wait(EVERY_MS)
    },
    end() {
      ended = performance.now()
    },
    async finish() {
      const areWell = () => states.every(({ isWell }) => isWell)
      while (!areWell() && performance.now() < ended + LONGEST_RECOVERY_MS) await wait(EVERY_MS)
      const recovered = areWell()
      stopped = true
      await Promise.all(watching)
      const noticed = states.map((state) => state.noticed).filter((at) => at !== null)
      const changed = Math.max(...states.map((state) => state.changed))
      return {
        noticedMs: noticed.length === 0 ? null : Math.round(Math.max(...noticed) - begun),
        recoveredMs: recovered ? Math.round(Math.max(0, changed - ended)) : null,
      }
    },
  }
}

export async function isCaching(client: Client, url: string): Promise<boolean> {
  const health = await healthOf(client, url)
  return health?.mode === 'cached' && health.channel?.connected === true
}

/** The most calls of the resolver that were under way at the same time on one node. */
export async function peakOfCalls(nodes: readonly RunningNode[], client: Client): Promise<number> {
  const all = await Promise.all(nodes.map(({ url }) => healthOf(client, url)))
  return Math.max(...all.map((health) => health?.calls.peak ?? 0))
}

async function healthOf(client: Client, url: string): Promise<Health | null> {
  const { status, body } = await client.get(`${url}/health`, null)
  return status === 200 ? (JSON.parse(body) as Health) : null
}
