import type { AuditEvent } from '../api/models.ts'
import { english } from '../text/english.ts'
import type { TextKey, Translate } from '../text/translate.ts'

/** The decision or the change of an event in words. */
export function explained(event: AuditEvent, t: Translate): string {
  const key = `explain.${event.outcome}`
  if (!Object.hasOwn(english, key)) return event.outcome
  // Older events name only what the route requires.
  const scopes = event.missing_scopes.length > 0 ? event.missing_scopes : event.required_scopes
  return t(key as TextKey, { address: event.client_ip ?? t('time.unknown'), scopes: scopes.join(' ') })
}
