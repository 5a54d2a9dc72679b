import { createStamps } from '@patkit/core/adapter'
import type { ChangeAction, ChangeEvent } from './audit/change-event.ts'
import { type TokenView, viewOf } from './listing/token-view.ts'
import type { ServiceSettings } from './service-options.ts'
import type { Limit, Owner, Token } from './stores/token-store.ts'

/** What a change event says beside its id and its time. */
interface ChangeFacts {
  readonly action: ChangeAction
  readonly actorId: string
  readonly owner: Owner
  readonly tokenId: string | null
  /** Default none. */
  readonly fields?: readonly string[]
  /** Default none. */
  readonly reason?: string | null
}

/** What the parts of a service share. */
export interface ServiceContext extends ServiceSettings {
  now(): Date
  view(token: Token): TokenView
  changeEvent(facts: ChangeFacts): ChangeEvent
  /** The limit on live tokens; `null` for none. */
  limitAt(now: Date): Limit | null
  /**
   * The first version of a token whose id the application has given. Nodes may know later versions of an earlier token
   * with this id, and refuse every record below them: each event adds one at most, in a millisecond at least.
   */
  firstVersion(id: string, now: Date): Promise<number>
  /** After the commit. A verifier that misses the message learns of the change when its cache entry ends. */
  invalidateToken(id: string, minVersion: number): Promise<void>
  invalidatePrincipal(owner: Owner): Promise<void>
}

/** Who acts when the service notices something by itself. */
export const PATKIT = 'patkit'

export function createContext(settings: ServiceSettings): ServiceContext {
  const { announce, clock, failed, life, policy, store } = settings
  const eventStamp = createStamps()
  const now = () => new Date(clock())

  return {
    ...settings,
    now,
    view: (token) => viewOf(token, life, now()),
    changeEvent({ owner: { organizationId, principalId }, fields = [], reason = null, ...facts }) {
      const event = { ...eventStamp(clock()), kind: 'change' as const, ...facts, principalId, organizationId }
      return { ...event, fields, reason, clientIp: null }
    },
    limitAt(instant) {
      const { maximumTokensPerPrincipal: most } = policy
      return most === undefined ? null : { most, now: instant, life }
    },
    async firstVersion(id, instant) {
      const changes = await store.countChanges(id)
      return changes === 0 ? 1 : instant.getTime() + changes
    },
    async invalidateToken(id, minVersion) {
      await announce({ kind: 'token', id, minVersion }).catch(failed)
    },
    async invalidatePrincipal({ principalId: id }) {
      await announce({ kind: 'principal', id }).catch(failed)
    },
  }
}
