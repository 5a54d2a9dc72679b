import { randomUUID } from 'node:crypto'
import { nextTurn, type SinkErasure } from '@patkit/core/adapter'
import type { ChangeEvent } from '../audit/change-event.ts'
import { refuseUnknownMembers } from '../input/fields.ts'
import type { ServiceContext } from '../service-context.ts'
import type { ErasedToken, Erasure, Owner, Removed } from '../stores/token-store.ts'
import { invalidInput, principalNotFound } from '../token-error.ts'
import type { Actor } from './delegation.ts'

export interface EraseInput {
  /**
   * The treatment of the principal's events. `keep`: they stay. `pseudonymise`: id, client address, path and user agent
   * go, and a random pseudonym stands for the id. `erase`: they are removed. In both, the pseudonym also stands for the
   * principal where it was the actor or the acting user of another owner's event.
   */
  readonly events: Erasure['events']
}

/** The outcome of an erasure. */
export interface ErasedPrincipal {
  /** The principal's name in events from now on; its id where they are kept. */
  readonly recordedAs: string
  /** The number of its removed tokens and of others' revoked tokens that acted for it. */
  readonly tokens: number
}

export interface ErasureVerbs {
  erasePrincipal(actor: Actor, owner: Owner, input: EraseInput): Promise<ErasedPrincipal>
  resumeErasures(): Promise<number>
}

const MODES: readonly Erasure['events'][] = ['keep', 'erase', 'pseudonymise']
/** Events of one transaction: writers wait for no more. */
const BATCH = 500

export function createErasure(context: ServiceContext): ErasureVerbs {
  const { store, sinks, now, changeEvent, invalidateToken, invalidatePrincipal } = context

  async function begin(actor: Actor, owner: Owner, input: EraseInput): Promise<ErasedPrincipal> {
    // Callers in JavaScript may omit the input, and need an error that names the field.
    const { events, ...unknown } = { ...input }
    refuseUnknownMembers(unknown)
    if (!MODES.includes(events)) throw invalidInput('events', `must be one of ${MODES.join(', ')}`)
    const erasure = erasureOf(actor, owner, events, now())
    const changed = await store.beginErasure(erasure, eventFor(erasure), ofErasure(erasure, 'erasure_begun'))
    if (changed === null) return resumeOne(owner)
    await invalidate(owner, changed)
    await complete(erasure)
    return { recordedAs: recordedAs(erasure), tokens: changed.length }
  }

  /** The same call finishes an erasure that failed halfway. */
  async function resumeOne({ organizationId, principalId }: Owner): Promise<ErasedPrincipal> {
    const begun = (await store.listErasures()).find(
      (erasure) =>
        erasure.organizationId === organizationId && erasure.principalId === principalId && erasure.doneAt === null,
    )
    if (begun === undefined) throw principalNotFound()
    await invalidate(begun, [])
    await complete(begun)
    return { recordedAs: recordedAs(begun), tokens: 0 }
  }

  async function invalidate(owner: Owner, tokens: readonly Removed[]): Promise<void> {
    for (const { id, version } of tokens) await invalidateToken(id, version)
    await invalidatePrincipal(owner)
  }

  /** Each token's event, under the name that stays on record. */
  function eventFor(erasure: Erasure): (token: ErasedToken) => ChangeEvent {
    return ({ id, principalId, organizationId, change }) => {
      const isOwn = principalId === erasure.principalId
      const owner = { organizationId, principalId: isOwn ? recordedAs(erasure) : principalId }
      const { actorId } = erasure
      if (change === 'removed') return changeEvent({ action: 'delete', actorId, owner, tokenId: id })
      const isRevoked = change === 'revoked'
      const fields = isRevoked ? ['revokedAt', 'userId'] : ['userId']
      return changeEvent({ action: isRevoked ? 'revoke' : 'update', actorId, owner, tokenId: id, fields })
    }
  }

  function ofErasure(erasure: Erasure, action: 'erasure_begun' | 'erasure_done'): ChangeEvent {
    const owner = { organizationId: erasure.organizationId, principalId: recordedAs(erasure) }
    return changeEvent({ action, actorId: erasure.actorId, owner, tokenId: null, fields: [erasure.events] })
  }

  async function complete(erasure: Erasure): Promise<void> {
    await sweep(erasure)
    await store.finishErasure(erasure, now(), ofErasure(erasure, 'erasure_done'))
  }

  /** A batch is not found again by the next one, so a repeated erasure continues where it failed. */
  async function sweep(erasure: Erasure): Promise<void> {
    if (erasure.events === 'keep') return
    while ((await store.eraseBatch(erasure, BATCH)) > 0) await nextTurn()
    const { organizationId, principalId, pseudonym, events } = erasure
    if (erasure.doneAt !== null) return
    const erased: SinkErasure = { organizationId, principalId, pseudonym, events }
    for (const sink of sinks) await sink.erase?.(erased)
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
        await invalidate(erasure, [])
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
