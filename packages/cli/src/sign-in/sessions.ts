import { createStamps } from '@patkit/core/adapter'
import type { Session, SignInLink, SignInMethod, SignInStore } from '@patkit/sql'
import {
  type ChangeAction,
  type ChangeEvent,
  type Owner,
  type Principal,
  TokenError,
  type TokenService,
} from '@patkit/tokens'
import { createCookie } from './cookie.ts'
import { newSecret, secretDigest } from './secret.ts'

/** A principal with a live session. */
export interface SignedIn {
  readonly principal: Principal
  /** How it was signed in; `null` for a session of a version that did not record it. */
  readonly method: SignInMethod | null
  /** The absolute end of the session. */
  readonly endsAt: Date
}

/** Whose session begins or ends, and from which address; `null` where it is unknown. */
export interface Place {
  readonly owner: Owner
  readonly clientIp: string | null
}

export interface Sessions {
  /**
   * Opens a session under a new id, and ends the one of the request: an id from before a sign-in opens nothing after it.
   * The sign-in is in the audit log.
   *
   * @returns the value of `Set-Cookie`
   */
  open(request: Request, place: Place): Promise<string>
  /** The same by a link, which is used up with it. `null` where another request has used it up. */
  openByLink(request: Request, link: SignInLink, clientIp: string | null): Promise<string | null>
  /** The principal of the request's session; `null` without a live one. Counts as a use. */
  find(request: Request): Promise<SignedIn | null>
  /**
   * Ends the request's session. A sign-out of a principal is in the audit log.
   *
   * @returns the value of `Set-Cookie` that removes its id
   */
  end(request: Request, signedOut: Place | null): Promise<string>
}

interface SessionSettings {
  readonly signIns: SignInStore
  readonly tokens: TokenService
  readonly isSecure: boolean
  readonly idleMs: number
  readonly absoluteMs: number
  readonly clock: () => number
}

/** A use is written once in this time at most. */
const MOST_UNWRITTEN_MS = 60_000
/** A use is written at least so often within the idle time. */
const IDLE_PARTS = 10
const SECOND_MS = 1_000

export function createSessions(settings: SessionSettings): Sessions {
  const { signIns, absoluteMs, clock } = settings
  const cookie = createCookie('patkit_session', settings.isSecure)

  const stamp = createStamps()

  const digestOf = (request: Request) => secretDigest(cookie.read(request))

  function eventOf(action: ChangeAction, { owner: { organizationId, principalId }, clientIp }: Place): ChangeEvent {
    const what = { ...stamp(clock()), kind: 'change', action, actorId: principalId, tokenId: null } as const
    return { ...what, organizationId, principalId, fields: [], reason: null, clientIp }
  }

  function begin(request: Request, method: SignInMethod, place: Place) {
    const id = newSecret()
    const now = clock()
    const [createdAt, usedAt, endsAt] = [new Date(now), new Date(now), new Date(now + absoluteMs)] as const
    const session = { digest: secretDigest(id) as string, owner: place.owner, method, createdAt, usedAt, endsAt }
    return { id, added: { session, event: eventOf(`sign_in_${method}`, place), replacedSession: digestOf(request) } }
  }

  const written = (id: string) => cookie.write(id, Math.ceil(absoluteMs / SECOND_MS))

  return {
    async open(request, place) {
      const { id, added } = begin(request, 'openid', place)
      await signIns.addSession({ ...added, link: null })
      return written(id)
    },
    async openByLink(request, link, clientIp) {
      const { id, added } = begin(request, 'link', { owner: link.owner, clientIp })
      return (await signIns.addSession({ ...added, link })) ? written(id) : null
    },
    async find(request) {
      const digest = digestOf(request)
      const session = digest === null ? null : await signIns.findSession(digest, new Date(clock()))
      return session === null ? null : signedIn(session, settings)
    },
    async end(request, signedOut) {
      const digest = digestOf(request)
      const event = signedOut === null ? undefined : eventOf('sign_out', signedOut)
      if (digest !== null) await signIns.endSession(digest, event)
      return cookie.remove()
    },
  }
}

async function signedIn(session: Session, settings: SessionSettings): Promise<SignedIn | null> {
  const { signIns, tokens, idleMs, clock } = settings
  const idle = clock() - session.usedAt.getTime()
  const principal = idle < idleMs ? await findPrincipal(tokens, session.owner) : null
  if (principal === null || principal.disabledAt !== null) {
    await signIns.endSession(session.digest)
    return null
  }
  if (idle >= Math.min(MOST_UNWRITTEN_MS, idleMs / IDLE_PARTS)) {
    await signIns.touchSession(session.digest, new Date(clock()))
  }
  return { principal, method: session.method, endsAt: session.endsAt }
}

/** `null` for a principal that is missing. */
export async function findPrincipal(tokens: TokenService, owner: Owner): Promise<Principal | null> {
  try {
    return await tokens.getPrincipal(owner)
  } catch (error) {
    if (error instanceof TokenError && error.code === 'ERR_PAT_PRINCIPAL_NOT_FOUND') return null
    throw error
  }
}
