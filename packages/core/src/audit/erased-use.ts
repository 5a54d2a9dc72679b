import type { SinkErasure, UseEvent } from './event.ts'

/**
 * The event after an erasure, for the `erase` of a sink. The pseudonym replaces the principal, as owner and as acting
 * user. Client address, path and user agent are removed.
 *
 * @param use an event that names the principal
 * @returns `null` where the erasure removes the event
 *
 * @example
 * ```ts
 * import type { AuditSink } from '@patkit/core'
 * import { erasedUse, type UseEvent } from '@patkit/core/adapter'
 *
 * const kept = new Map<string, UseEvent>()
 * const names = (use: UseEvent, id: string) => use.principalId === id || use.userId === id
 * const erase: NonNullable<AuditSink['erase']> = async (erasure) => {
 *   const { organizationId, principalId } = erasure
 *   for (const use of kept.values()) {
 *     if (use.organizationId !== organizationId || !names(use, principalId)) continue
 *     const erased = erasedUse(erasure, use)
 *     if (erased === null) kept.delete(use.id)
 *     else kept.set(use.id, erased)
 *   }
 * }
 * ```
 */
export function erasedUse({ principalId: id, pseudonym, events }: SinkErasure, use: UseEvent): UseEvent | null {
  if (events === 'erase' && use.principalId === id) return null
  return {
    ...use,
    principalId: use.principalId === id ? pseudonym : use.principalId,
    userId: use.userId === id ? pseudonym : use.userId,
    clientIp: null,
    request: { ...use.request, path: null, userAgent: null },
  }
}
