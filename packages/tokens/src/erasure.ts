import { randomUUID } from 'node:crypto'
import type { AuditSink } from '@patkit/core'
import type { SinkErasure } from '@patkit/core/adapter'
import type { LoggedEvent } from './audit-store.ts'
import type { ChangeEvent, ChangeVerb } from './change-event.ts'
import type { Actor } from './delegation.ts'
import { refuseUnknownMembers } from './input.ts'
import type { ErasedToken, Erasure, Owner, Removed, TokenStore } from './store.ts'
import { invalidInput, TokenError } from './token-error.ts'

export interface EraseInput {
  /**
   * What becomes of the principal's events. `keep`: they stay. `pseudonymise`: id, client address, path and user agent
   * go, and a random pseudonym stands for the id. `erase`: they are removed. In both, the pseudonym also stands for the
   * principal where it was the actor or the acting user of an event that belongs to somebody else.
   */
  readonly events: Erasure['events']
}

/** What was erased. */
export interface ErasedPrincipal {
  /** Who the principal is in events from now on; its id where they are kept. */
  readonly recordedAs: string
  /** How many of its tokens were removed, and how many of others that acted for it were revoked. */
  readonly tokens: number
}

/** What an erasure works with. */
interface ErasureSettings {
  readonly store: TokenStore
  readonly sinks: readonly AuditSink[]
  readonly clock: () => number
  readonly eventOf: (
    verb: ChangeVerb,
    actorId: string,
    owner: Owner,
    tokenId: string | null,
    members?: readonly string[],
  ) => ChangeEvent
  readonly tell: (id: string, minVersion: number) => Promise<void>
  readonly tellOfPrincipal: (owner: Owner) => Promise<void>
}

export interface ErasureVerbs {
  erasePrincipal(actor: Actor, owner: Owner, input: EraseInput): Promise<ErasedPrincipal>
  resumeErasures(): Promise<number>
}

const MODES: readonly Erasure['events'][] = ['keep', 'erase', 'pseudonymise']
/** Events of one transaction: whoever writes meanwhile waits for no more. */
const BATCH = 500

export function createErasure(settings: ErasureSettings): ErasureVerbs {
  const { store, sinks, clock, eventOf, tell, tellOfPrincipal } = settings

  async function begin(actor: Actor, owner: Owner, input: EraseInput): Promise<ErasedPrincipal> {
    // JavaScript may leave it out, and must read which member is missing.
    const { events, ...unknown } = { ...input }
    refuseUnknownMembers(unknown)
    if (!MODES.includes(events)) throw invalidInput('events', `must be one of ${MODES.join(', ')}`)
    const erasure = erasureOf(actor, owner, events, new Date(clock()))
    const changed = await store.beginErasure(erasure, eventFor(erasure), ofErasure(erasure, 'erasure_begun'))
    if (changed === null) return resumeOne(owner)
    await tellOf(owner, changed)
    await complete(erasure)
    return { recordedAs: recordedAs(erasure), tokens: changed.length }
  }

  /** One that broke off is finished by the same call. */
  async function resumeOne({ organizationId, principalId }: Owner): Promise<ErasedPrincipal> {
    const begun = (await store.listErasures()).find(
      (erasure) =>
        erasure.organizationId === organizationId && erasure.principalId === principalId && erasure.doneAt === null,
    )
    if (begun === undefined) throw new TokenError('ERR_PAT_PRINCIPAL_NOT_FOUND', 'there is no such principal')
    await tellOf(begun, [])
    await complete(begun)
    return { recordedAs: recordedAs(begun), tokens: 0 }
  }

  async function tellOf(owner: Owner, tokens: readonly Removed[]): Promise<void> {
    for (const { id, version } of tokens) await tell(id, version)
    await tellOfPrincipal(owner)
  }

  /** Each token's event, under the name that stays on record. */
  function eventFor(erasure: Erasure): (token: ErasedToken) => ChangeEvent {
    return ({ id, principalId, organizationId, change }) => {
      const isOwn = principalId === erasure.principalId
      const owner = { organizationId, principalId: isOwn ? recordedAs(erasure) : principalId }
      if (change === 'removed') return eventOf('delete', erasure.actorId, owner, id)
      const isRevoked = change === 'revoked'
      const members = isRevoked ? ['revokedAt', 'userId'] : ['userId']
      return eventOf(isRevoked ? 'revoke' : 'update', erasure.actorId, owner, id, members)
    }
  }

  function ofErasure(erasure: Erasure, verb: 'erasure_begun' | 'erasure_done'): ChangeEvent {
    const owner = { organizationId: erasure.organizationId, principalId: recordedAs(erasure) }
    return eventOf(verb, erasure.actorId, owner, null, [erasure.events])
  }

  async function complete(erasure: Erasure): Promise<void> {
    await sweep(erasure)
    await store.finishErasure(erasure, new Date(clock()), ofErasure(erasure, 'erasure_done'))
  }

  /** Each batch takes events out of what the next one finds, so that one that broke off goes on where it was. */
  async function sweep(erasure: Erasure): Promise<void> {
    if (erasure.events === 'keep') return
    while ((await store.eraseBatch(erasure, BATCH)) > 0) await nextTurn()
    const { organizationId, principalId, pseudonym, events } = erasure
    if (erasure.doneAt !== null) return
    const told: SinkErasure = { organizationId, principalId, pseudonym, events }
    for (const sink of sinks) await sink.erase?.(told)
  }

  return {
    erasePrincipal: begin,
    async resumeErasures() {
      let resumed = 0
      for (const erasure of await store.listErasures()) {
        if (erasure.doneAt !== null) {
          await sweep(erasure)
          continue
        }
        await tellOf(erasure, [])
        await complete(erasure)
        resumed++
      }
      return resumed
    },
  }
}

function erasureOf(actor: Actor, owner: Owner, events: Erasure['events'], begunAt: Date): Erasure {
  const { organizationId, principalId } = owner
  const pseudonym = `erased-${randomUUID()}`
  const isOneself = actor.id === principalId && events !== 'keep'
  const actorId = isOneself ? pseudonym : actor.id
  return { organizationId, principalId, pseudonym, events, actorId, begunAt, doneAt: null, returnedAt: null }
}

function recordedAs({ events, principalId, pseudonym }: Erasure): string {
  return events === 'keep' ? principalId : pseudonym
}

/** Whether an event is of the life that was erased. An id that came back has a life of its own. */
export function concerns(erasure: Erasure, event: LoggedEvent): boolean {
  const { organizationId, principalId, events, returnedAt } = erasure
  if (events === 'keep' || event.organizationId !== organizationId) return false
  if (returnedAt !== null && event.at >= returnedAt) return false
  return event.principalId === principalId || otherOf(event) === principalId
}

/** The event as it stays on record; `null` where it does not. */
export function erasedEvent(erasure: Erasure, event: LoggedEvent): LoggedEvent | null {
  const { principalId: id, pseudonym, events } = erasure
  if (events === 'erase' && event.principalId === id) return null
  const principalId = event.principalId === id ? pseudonym : event.principalId
  if (event.kind === 'change') {
    return { ...event, principalId: principalId as string, actorId: event.actorId === id ? pseudonym : event.actorId }
  }
  const userId = event.userId === id ? pseudonym : event.userId
  return { ...event, principalId, userId, clientIp: null, request: { ...event.request, path: null, userAgent: null } }
}

/** Who else an event names. */
export function otherOf(event: LoggedEvent): string | null {
  return event.kind === 'change' ? event.actorId : event.userId
}

/** SQLite works on this thread: requests come in between two batches. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
